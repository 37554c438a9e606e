#include "dft_drivers/cp2k/data_files.hpp"

#include <algorithm>
#include <cctype>
#include <sstream>

#include "fibonaqi/base/error.hpp"
#include "fibonaqi/base/file_system.hpp"

#include "dft_drivers/common/output_text.hpp"

namespace fibonaqi::cp2k {
namespace {

namespace fs = std::filesystem;

bool starts_entry(const std::vector<std::string>& words) {
    return words.size() >= 2 && std::isalpha(static_cast<unsigned char>(words[0][0])) != 0;
}

// Empty: the file has no such entry.
std::string entry_in(const fs::path& file, const std::string& symbol, const std::string& name) {
    std::istringstream lines(read_file(file));
    std::string entry;
    for (std::string line; std::getline(lines, line);) {
        const std::string text = single_spaced(line.substr(0, line.find('#')));
        const std::vector<std::string> words = words_of(text);
        if (words.empty()) {
            continue;
        }
        if (starts_entry(words)) {
            if (!entry.empty()) {
                break;
            }
            const bool is_it =
                words[0] == symbol && std::find(words.begin() + 1, words.end(), name) != words.end();
            entry = is_it ? text + "\n" : "";
        } else if (!entry.empty()) {
            entry += text + "\n";
        }
    }
    return entry;
}

const Kind& kind_of(const Options& options, const std::string& symbol) {
    const auto kind = options.kinds.find(symbol);
    if (kind == options.kinds.end()) {
        throw DriverError("no basis set and pseudopotential for " + symbol +
                          " (driver.kinds does not name them) add them");
    }
    return kind->second;
}

}  // namespace

std::string data_entry(const std::vector<fs::path>& files, const std::string& symbol,
                       const std::string& name) {
    for (const fs::path& file : files) {
        std::string entry = entry_in(file, symbol, name);
        if (!entry.empty()) {
            return entry;
        }
    }
    throw DriverError("no '" + name + "' for " + symbol + " in '" + files.back().string() +
                      "' (driver.kinds names it) look for its name there");
}

std::vector<std::string> data_problems(const Options& options, const std::string& symbol) {
    std::vector<std::string> problems;
    const auto note = [&](const auto& read) {
        try {
            read();
        } catch (const Error& error) {
            problems.emplace_back(error.what());
        }
    };
    note([&] { (void)data_entry(options.basis_files, symbol, kind_of(options, symbol).basis); });
    if (options.kinds.contains(symbol)) {
        note([&] { (void)valence_electrons(options, symbol); });
    }
    return problems;
}

int valence_electrons(const Options& options, const std::string& symbol) {
    const std::string& name = kind_of(options, symbol).potential;
    const std::string entry = data_entry({options.potential_file}, symbol, name);
    const std::size_t first = entry.find('\n') + 1;
    const auto counts = numbers_in(entry.substr(first, entry.find('\n', first) - first));
    double electrons = 0.0;
    for (const double count : counts.value_or(std::vector<double>{})) {
        electrons += count;
    }
    if (electrons < 1.0) {
        throw DriverError("'" + name + "' of " + symbol + " in '" + options.potential_file.string() +
                          "' does not say how many electrons it has (second line of a GTH entry)");
    }
    return static_cast<int>(electrons);
}

}  // namespace fibonaqi::cp2k
