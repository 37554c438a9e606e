// CP2K's input for one structure.
#pragma once

#include <string>

#include "fibonaqi/label/label_driver.hpp"

#include "dft_drivers/cp2k/options.hpp"

namespace fibonaqi::cp2k {

inline constexpr const char* input_file = "fb.inp";
/// Orbitals at the end of a run, from which another can go on (without and with k-points).
inline constexpr const char* orbital_files[] = {"fb-RESTART.wfn", "fb-RESTART.kp"};

/// What CP2K gets: a periodic structure as it is; a molecule in the middle of its box, whose cell this is.
/// Throws DriverError for a molecule without a box, or that comes closer than 1.5 angstrom to its walls.
Structure placed(const Options& options, const Structure& structure);

/// 2 S + 1 of a request.
int multiplicity_of(const Options& options, const LabelRequest& request);

/// Single point with forces, and stress where wanted. `changes` are those of remedies.hpp; soft_seconds > 0
/// becomes WALLTIME. Throws DriverError for what CP2K cannot take.
std::string make_input(const Options& options, const LabelRequest& request, const Json& changes,
                       double soft_seconds);

}  // namespace fibonaqi::cp2k
