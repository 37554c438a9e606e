// How ABINIT is to be run: the driver configuration {"type": "abinit", ...} as a struct.
#pragma once

#include <array>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "fibonaqi/base/json.hpp"

namespace fibonaqi::abinit {

/// Energies are in hartree, ABINIT's own unit.
struct Options {
    std::vector<std::string> command;  ///< and its arguments; the input file is added
    std::map<std::string, std::string> environment;
    std::filesystem::path pseudo_dir;                     ///< absolute
    std::map<std::string, std::string> pseudopotentials;  ///< symbol -> file in pseudo_dir

    double ecut_Ha = 0.0;
    double tolvrs = 0.0;                        ///< the self-consistent field ends below this residual
    std::optional<std::array<int, 3>> kpoints;  ///< mesh, or:
    std::optional<double> kspacing_per_A;       ///< largest spacing |b|/n, |b| with its factor 2 pi
    std::array<double, 3> kpoint_shift{0.0, 0.0, 0.0};
    int occopt = 0;                  ///< how levels are filled; 1: no smearing
    double smearing_width_Ha = 0.0;  ///< tsmear
    bool is_spin_polarised = false;
    std::map<std::string, double> initial_moments;  ///< symbol -> start of the atom's moment [Bohr magnetons]
    Json input;                                     ///< further variables of ABINIT: number, text or list
};

/// Reads and checks a configuration; relative paths start at `base`. Throws ConfigError "driver.key: problem
/// (why) suggestion".
Options options_from_json(const Json& config, const std::filesystem::path& base);

/// The same configuration with absolute paths and defaults written out: reading it gives the same options.
Json to_json(const Options& options);

/// Variables that change how the solution is found, not what it is (mixing, steps, parallel layout).
bool is_numerical_detail(const std::string& variable);

}  // namespace fibonaqi::abinit
