// How CP2K is to be run: the driver configuration {"type": "cp2k", ...} as a struct.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "fibonaqi/base/json.hpp"

namespace fibonaqi::cp2k {

/// Basis set and pseudopotential of an element, by the names that they have in the data files.
struct Kind {
    std::string basis;
    std::string potential;
    double magnetization = 0.0;  ///< of the first guess of a spin-polarised run [Bohr magnetons]
};

/// Energies and lengths in the units of the keys' names.
struct Options {
    Json values;  ///< of every key, with absolute paths: the configuration
    std::vector<std::string> command;
    std::map<std::string, std::string> environment;
    std::vector<std::filesystem::path> basis_files;  ///< absolute
    std::filesystem::path potential_file;            ///< absolute
    std::map<std::string, Kind> kinds;               ///< by symbol

    std::string text(const char* key) const { return values.at(key).get<std::string>(); }
    double number(const char* key) const { return values.at(key).get<double>(); }
    int integer(const char* key) const { return values.at(key).get<int>(); }
    bool flag(const char* key) const { return values.at(key).get<bool>(); }

    bool is_orbital_transformation() const { return text("scf_method") == "ot"; }
    bool is_smeared() const { return number("smearing_K") > 0.0; }
};

/// Reads and checks a configuration. Data files without a slash lie in data_dir; other relative paths start
/// at `base`. Throws ConfigError "driver.key: problem (why) suggestion".
Options options_from_json(const Json& config, const std::filesystem::path& base);

}  // namespace fibonaqi::cp2k
