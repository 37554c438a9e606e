#include "dft_drivers/abinit/pseudopotential.hpp"

#include <algorithm>
#include <cmath>
#include <optional>
#include <sstream>

#include "fibonaqi/atoms/species.hpp"
#include "fibonaqi/base/error.hpp"
#include "fibonaqi/base/file_system.hpp"

#include "dft_drivers/common/output_text.hpp"

namespace fibonaqi::abinit {
namespace {

[[noreturn]] void refuse_file(const std::filesystem::path& file, const std::string& problem) {
    throw FormatError("pseudopotential '" + file.string() + "' " + problem);
}

// The text between the quotation marks of name="...", inside the first tag of this name.
std::optional<std::string> attribute(const std::string& text, const std::string& tag,
                                     const std::string& name) {
    const std::size_t start = text.find("<" + tag + " ");
    const std::size_t end = text.find('>', start);
    const std::size_t found = text.find(" " + name + "=\"", start);
    if (start == std::string::npos || found == std::string::npos || found > end) {
        return std::nullopt;
    }
    const std::size_t value = found + name.size() + 3;
    return text.substr(value, text.find('"', value) - value);
}

PseudoHeader paw_header(const std::filesystem::path& file, const std::string& text) {
    const auto element = attribute(text, "atom", "symbol");
    const auto valence = attribute(text, "atom", "valence");
    const auto number = element ? atomic_number(trimmed(*element)) : std::nullopt;
    const auto electrons = valence ? numbers_in(*valence) : std::nullopt;
    if (!number || !electrons || electrons->size() != 1 || text.find("</paw_") == std::string::npos) {
        refuse_file(file,
                    "is cut off or no PAW data set (no <atom symbol valence>, or no end) fetch it again");
    }
    return {*number, electrons->front()};
}

// "  Si   Element" and "  4.00000000   Z valence" inside PP_HEADER.
PseudoHeader upf_header(const std::filesystem::path& file, const std::string& text) {
    if (text.find("<UPF version=") != std::string::npos) {
        refuse_file(file,
                    "is UPF version 2 (ABINIT does not read it) take the psp8 or .gth file it came from");
    }
    PseudoHeader header;
    std::istringstream lines(text.substr(text.find("<PP_HEADER")));
    for (std::string line; std::getline(lines, line) && !has(line, "</PP_HEADER");) {
        const std::vector<std::string> words = words_of(line);
        if (has(line, "Element") && !words.empty()) {
            header.atomic_number = atomic_number(words[0]).value_or(0);
        }
        const auto number = words.empty() ? std::nullopt : numbers_in(words[0]);
        if (has(line, "Z valence") && number) {
            header.valence = number->front();
        }
    }
    if (header.atomic_number == 0 || !(header.valence > 0.0) ||
        text.find("</PP_RHOATOM>") == std::string::npos) {
        refuse_file(file, "is cut off (element, valence or its end is missing) fetch it again");
    }
    return header;
}

PseudoHeader text_header(const std::filesystem::path& file, const std::string& text) {
    std::istringstream lines(text);
    std::string title, charges, code;
    std::getline(lines, title);
    std::getline(lines, charges);
    std::getline(lines, code);
    const std::vector<std::string> words = words_of(charges);
    const auto numbers = words.size() < 2 ? std::nullopt : numbers_in(words[0] + " " + words[1]);
    const std::vector<std::string> kind = words_of(code);
    if (!numbers || kind.empty() || !numbers_in(kind[0]) || !((*numbers)[0] >= 1.0) ||
        !((*numbers)[0] <= largest_atomic_number) || !((*numbers)[1] > 0.0)) {
        refuse_file(file, "is in no format of ABINIT (its second line is not \"zatom zion ...\") take psp8");
    }
    return {static_cast<int>(std::lround((*numbers)[0])), (*numbers)[1]};
}

}  // namespace

PseudoHeader read_pseudo_header(const std::filesystem::path& file) {
    const std::string text = read_file(file);
    if (text.find("<paw_") != std::string::npos) {
        return paw_header(file, text);
    }
    return text.find("<PP_HEADER") != std::string::npos ? upf_header(file, text) : text_header(file, text);
}

std::string pseudopotential_problem(const std::filesystem::path& file, const std::string& wanted) {
    try {
        const PseudoHeader header = read_pseudo_header(file);
        return header.atomic_number == atomic_number(wanted)
                   ? ""
                   : "pseudopotential '" + file.string() + "' is for " + symbol(header.atomic_number) +
                         ", not " + wanted + " (by its own header) name the right file";
    } catch (const FileError& error) {
        return "pseudopotential of " + wanted + ": " + error.what();
    } catch (const FormatError& error) {
        return error.what();
    }
}

}  // namespace fibonaqi::abinit
