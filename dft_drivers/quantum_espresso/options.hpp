// How Quantum ESPRESSO is to be run: the driver configuration {"type": "qe", ...} as a struct.
#pragma once

#include <array>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "fibonaqi/base/json.hpp"

namespace fibonaqi::quantum_espresso {

/// Units of the namelists are pw.x's own (Ry): they are passed through. Defaults of the driver are filled in.
struct Options {
    std::vector<std::string> command{"pw.x"};             ///< and its arguments; "-in pw.in" is added
    std::filesystem::path pseudo_dir;                     ///< absolute
    std::map<std::string, std::string> pseudopotentials;  ///< symbol -> file in pseudo_dir

    std::optional<std::array<int, 3>> kpoints;  ///< Monkhorst-Pack mesh, or:
    std::optional<double> kspacing_per_A;       ///< largest spacing |b|/n, |b| with its factor 2 pi
    std::array<int, 3> kpoint_shift{0, 0, 0};

    /// "control", "system", "electrons": key -> number, text, logical, or {symbol: number} for keys that pw.x
    /// indexes by species.
    std::map<std::string, Json> namelists;
    std::map<std::string, std::string> environment;
};

/// Reads and checks a configuration; relative paths (pseudo_dir, a command with a slash) start at `base`.
/// Throws ConfigError "driver.key: problem (why) suggestion": unknown keys, keys that the driver sets itself
/// (each with the reason), missing ones, wrong types.
Options options_from_json(const Json& config, const std::filesystem::path& base);

/// The same configuration with absolute paths and defaults written out: reading it gives the same options.
Json to_json(const Options& options);

/// Names of the three namelists in the order in which pw.x wants them.
inline constexpr std::array<const char*, 3> namelist_names{"control", "system", "electrons"};

/// Keys of pw.x that change how the solution is found, not what it is (mixing, diagonaliser, step limits).
bool is_numerical_detail(const std::string& key);

}  // namespace fibonaqi::quantum_espresso
