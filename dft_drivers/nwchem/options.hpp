// How NWChem is to be run: the driver configuration {"type": "nwchem", ...} as a struct.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "fibonaqi/base/json.hpp"

namespace fibonaqi::nwchem {

/// Of the integration of the functional, from sparse to dense.
inline const std::vector<std::string>& grids() {
    static const std::vector<std::string> names{"xcoarse", "coarse", "medium", "fine", "xfine", "huge"};
    return names;
}

/// Units as in the names of the keys; thresholds in hartree and NWChem's own.
struct Options {
    Json values;  ///< of every key, with absolute paths: the configuration
    std::vector<std::string> command;
    std::map<std::string, std::string> environment;
    std::filesystem::path basis_library;       ///< absolute
    std::map<std::string, std::string> basis;  ///< symbol -> name such as "6-31g*"

    std::string text(const char* key) const { return values.at(key).get<std::string>(); }
    double number(const char* key) const { return values.at(key).get<double>(); }
    int integer(const char* key) const { return values.at(key).get<int>(); }
};

/// Reads and checks a configuration; relative paths start at `base`. Throws ConfigError
/// "driver.key: problem (why) suggestion".
Options options_from_json(const Json& config, const std::filesystem::path& base);

}  // namespace fibonaqi::nwchem
