#include "dft_drivers/quantum_espresso/pseudopotential.hpp"

#include <algorithm>
#include <sstream>

#include "fibonaqi/base/error.hpp"
#include "fibonaqi/base/file_system.hpp"

#include "dft_drivers/common/output_text.hpp"

namespace fibonaqi::quantum_espresso {
namespace {

// A field of the header. UPF 2 has attributes (element="Si"), UPF 1 lines that end with the field's name
// ("  Si   Element"), of which the first word is given.
std::string header_field(const std::string& text, const std::string& attribute, const std::string& title) {
    const std::size_t header = text.find("<PP_HEADER");
    const std::string start_of_value = attribute + "=\"";
    const std::size_t tag_end = text.find('>', header);
    const std::size_t found = text.find(start_of_value, header);
    std::string value;
    if (found != std::string::npos && found < tag_end) {
        const std::size_t start = found + start_of_value.size();
        std::istringstream(text.substr(start, text.find('"', start) - start)) >> value;
        return value;
    }
    std::istringstream lines(text.substr(std::min(tag_end + 1, text.size())));
    for (std::string line; std::getline(lines, line) && line.find("</PP_HEADER") == std::string::npos;) {
        if (line.find(title) != std::string::npos) {
            std::istringstream(line) >> value;
            return value;
        }
    }
    return value;
}

bool is_upf_by_name(const std::filesystem::path& file) {
    std::string suffix = file.extension().string();
    std::transform(suffix.begin(), suffix.end(), suffix.begin(),
                   [](char letter) { return letter >= 'A' && letter <= 'Z' ? char(letter + 32) : letter; });
    return suffix == ".upf";
}

}  // namespace

std::string pseudopotential_problem(const std::filesystem::path& file, const std::string& symbol) {
    std::string text;
    try {
        text = read_file(file);
    } catch (const FileError& error) {
        return "pseudopotential of " + symbol + ": " + error.what();
    }
    const std::string what = "pseudopotential '" + file.string() + "' of " + symbol;
    if (text.find("<PP_HEADER") == std::string::npos) {
        return is_upf_by_name(file) ? what + " is no UPF file (it has no PP_HEADER)" : "";
    }
    const bool is_version_2 = text.find("<UPF version=") != std::string::npos;
    if (text.find(is_version_2 ? "</UPF>" : "</PP_RHOATOM>") == std::string::npos) {
        return what + " is cut off (its closing mark is missing) fetch it again";
    }
    const std::string element = header_field(text, "element", "Element");
    if (element != symbol) {
        return what + " is for " + (element.empty() ? "an unnamed element" : element) +
               " (by its own header) name the right file";
    }
    return "";
}

std::optional<double> valence_electrons(const std::filesystem::path& file) {
    try {
        const std::string text = read_file(file);
        if (text.find("<PP_HEADER") == std::string::npos) {
            return std::nullopt;
        }
        const auto numbers = numbers_in(header_field(text, "z_valence", "Z valence"));
        return numbers && numbers->size() == 1 ? std::optional(numbers->front()) : std::nullopt;
    } catch (const FileError&) {
        return std::nullopt;  // check() reports it
    }
}

}  // namespace fibonaqi::quantum_espresso
