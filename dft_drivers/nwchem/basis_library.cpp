#include "dft_drivers/nwchem/basis_library.hpp"

#include <algorithm>
#include <cctype>
#include <sstream>
#include <vector>

#include "fibonaqi/base/error.hpp"
#include "fibonaqi/base/file_system.hpp"

#include "dft_drivers/common/output_text.hpp"

namespace fibonaqi::nwchem {
namespace {

namespace fs = std::filesystem;

std::string lower_case(std::string text) {
    std::transform(text.begin(), text.end(), text.begin(),
                   [](unsigned char letter) { return static_cast<char>(std::tolower(letter)); });
    return text;
}

// Lines without comments and blank ones.
std::vector<std::string> lines_in(const fs::path& file) {
    std::istringstream stream(read_file(file));
    std::vector<std::string> lines;
    for (std::string line; std::getline(stream, line);) {
        std::string text = single_spaced(line.substr(0, line.find('#')));
        if (!text.empty()) {
            lines.push_back(std::move(text));
        }
    }
    return lines;
}

// `<element> nelec <n>`: a core of n electrons that the potential stands for.
bool has_core_potential(const std::vector<std::string>& lines, const std::string& symbol) {
    const std::string start = lower_case(symbol) + " nelec ";
    return std::any_of(lines.begin(), lines.end(),
                       [&start](const std::string& line) { return lower_case(line).starts_with(start); });
}

// `ASSOCIATED_ECP "def2-ecp"`; empty: none is named.
std::string named_potential(const std::vector<std::string>& lines) {
    for (const std::string& line : lines) {
        const std::size_t quote = line.find('"');
        if (lower_case(line).starts_with("associated_ecp ") && quote != std::string::npos) {
            return line.substr(quote + 1, line.find('"', quote + 1) - quote - 1);
        }
    }
    return "";
}

}  // namespace

fs::path basis_file(const fs::path& library, const std::string& name) {
    std::string file;
    for (const char letter : lower_case(name)) {
        if (letter == '*') {
            file += 's';
        } else if (letter == ',' || letter == ' ' || letter == '/') {
            file += '_';
        } else if (letter != '(' && letter != ')') {
            file += letter;
        }
    }
    return library / file;
}

std::string basis_entry(const fs::path& library, const std::string& name, const std::string& symbol) {
    const fs::path file = basis_file(library, name);
    if (!fs::is_regular_file(file)) {
        throw DriverError("no basis set '" + name + "' in '" + library.string() + "' (driver.basis." +
                          symbol + " names it) look for its name there");
    }
    const std::vector<std::string> lines = lines_in(file);
    const std::string potential = named_potential(lines);
    if (has_core_potential(lines, symbol) ||
        (!potential.empty() && has_core_potential(lines_in(basis_file(library, potential)), symbol))) {
        throw DriverError("basis set '" + name + "' of " + symbol +
                          " needs an effective core potential (this driver writes none) take one with all "
                          "electrons");
    }
    const std::string title = "basis \"" + lower_case(symbol) + "_";
    auto line = std::find_if(lines.begin(), lines.end(), [&title](const std::string& text) {
        return lower_case(text).starts_with(title);
    });
    std::string entry;
    while (line != lines.end() && ++line != lines.end() && lower_case(*line) != "end") {
        entry += *line + "\n";
    }
    if (entry.empty() || line == lines.end()) {
        throw DriverError("no basis set of " + symbol + " in '" + file.string() + "' (driver.basis." +
                          symbol + " names it) take another one");
    }
    return entry;
}

}  // namespace fibonaqi::nwchem
