// NWChem's input for one molecule, and what a remedy changes in it.
#pragma once

#include <string>

#include "fibonaqi/label/label_driver.hpp"

#include "dft_drivers/nwchem/options.hpp"

namespace fibonaqi::nwchem {

inline constexpr const char* input_file = "fb.nw";
inline constexpr const char* orbital_file = "fb.movecs";   ///< at the end of a run
inline constexpr const char* start_file = "start.movecs";  ///< of the attempt before, for this one

/// 2 S + 1 of a request.
int multiplicity_of(const Options& options, const LabelRequest& request);

/// One task dft gradient, in the frame of the request. `changes`: "iterations", "cgmin" (true: conjugate
/// gradients instead of DIIS), "restart" (true: from start_file). Throws DriverError for a periodic structure
/// or an element without basis set; FileError.
std::string make_input(const Options& options, const LabelRequest& request, const Json& changes);

}  // namespace fibonaqi::nwchem
