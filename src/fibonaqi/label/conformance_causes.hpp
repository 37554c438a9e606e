// What a wrong factor in forces or stress comes from.
#pragma once

#include <string>

namespace fibonaqi {

/// The likely cause of forces that are `ratio` times what the energies say; "" when none is known.
std::string cause_of_force_ratio(double ratio);

/// The same for stress; `volume_A3` is that of the cell.
std::string cause_of_stress_ratio(double ratio, double volume_A3);

/// The unit of energy that everything is left in, when energies and forces together are `ratio` times what
/// they should be (known within a factor of 2 only); "" when the ratio is none of a unit.
std::string cause_of_common_ratio(double ratio);

/// Force that pushes two bare atoms apart at a distance of r [angstrom], in eV/angstrom: the universal
/// repulsion of Ziegler, Biersack and Littmark (The Stopping and Range of Ions in Solids, 1985).
double universal_repulsion(int first, int second, double r);

}  // namespace fibonaqi
