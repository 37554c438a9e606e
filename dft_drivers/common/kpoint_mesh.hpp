// Meshes of k-points as dense for every cell.
#pragma once

#include <array>

#include "fibonaqi/atoms/structure.hpp"

namespace fibonaqi {

/// n_i = ceil(|b_i| / spacing), at least 1; the reciprocal vectors b_i have the factor 2 pi [1/angstrom].
std::array<int, 3> mesh_of_spacing(const Structure& structure, double spacing_per_A);

}  // namespace fibonaqi
