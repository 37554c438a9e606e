#include "dft_drivers/quantum_espresso/pseudopotential.hpp"

#include <algorithm>
#include <sstream>

#include "fibonaqi/base/error.hpp"
#include "fibonaqi/base/file_system.hpp"

namespace fibonaqi::quantum_espresso {
namespace {

// Element out of the header: UPF 2 has an attribute, UPF 1 the second line of the header ("  Si   Element").
std::string element_of(const std::string& text) {
    const std::size_t header = text.find("<PP_HEADER");
    const std::string attribute = "element=\"";
    const std::size_t tag_end = text.find('>', header);
    const std::size_t found = text.find(attribute, header);
    if (found != std::string::npos && found < tag_end) {
        const std::size_t start = found + attribute.size();
        std::istringstream value(text.substr(start, text.find('"', start) - start));
        std::string element;
        value >> element;
        return element;
    }
    std::istringstream lines(text.substr(std::min(tag_end + 1, text.size())));
    for (std::string line; std::getline(lines, line) && line.find("</PP_HEADER") == std::string::npos;) {
        if (line.find("Element") != std::string::npos) {
            std::istringstream words(line);
            std::string element;
            words >> element;
            return element;
        }
    }
    return {};
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
    const std::string element = element_of(text);
    if (element != symbol) {
        return what + " is for " + (element.empty() ? "an unnamed element" : element) +
               " (by its own header) name the right file";
    }
    return "";
}

}  // namespace fibonaqi::quantum_espresso
