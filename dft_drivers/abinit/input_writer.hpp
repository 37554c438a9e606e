// The input file of ABINIT for one label.
#pragma once

#include <string>

#include "fibonaqi/label/label_driver.hpp"

#include "dft_drivers/abinit/options.hpp"

namespace fibonaqi::abinit {

/// File names inside an attempt directory.
inline constexpr const char* input_file = "fb.abi";
inline constexpr const char* output_file = "fb.abo";
inline constexpr const char* log_file = "log";
inline constexpr const char* error_file = "err";
inline constexpr const char* exit_file = "abinit.exit";

/// Text of the input: types in the order of their atomic numbers, atoms in the order of the request, lengths
/// in bohr with 16 digits. `changes` (of an attempt) stand in the place of variables of options.input.
/// `electrons` are those of the whole structure: with smearing, a fifth more bands than they fill, and 4.
/// Without symmetry: frames of molecular dynamics have none, and ABINIT moves atoms of those that nearly do.
std::string make_input(const Options& options, const LabelRequest& request, const Json& changes,
                       double electrons);

/// -1 for a left-handed cell, else 1. ABINIT refuses left-handed ones: all three vectors are written turned
/// round, which makes the same lattice right-handed.
double lattice_sign(const Structure& structure);

/// The mesh for this cell: the given one, or n_i = ceil(|b_i| / spacing), b_i with the factor 2 pi.
std::array<int, 3> kpoint_mesh(const Options& options, const Structure& structure);

}  // namespace fibonaqi::abinit
