// Units of LAMMPS: metal is the one whose numbers are FIBonAQi's own (eV, angstrom, ps, amu, K; pressure in
// bar).
#pragma once

#include <string>

namespace fibonaqi::lammps {

/// Empty for "metal"; else one sentence that names the unit style and the cure. `what` stands at its start:
/// "pair_style fibonaqi".
std::string unit_problem(const std::string& what, const std::string& unit_style);

}  // namespace fibonaqi::lammps
