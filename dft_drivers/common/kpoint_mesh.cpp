#include "dft_drivers/common/kpoint_mesh.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace fibonaqi {
namespace {

Vec3 cross(const Vec3& a, const Vec3& b) {
    return {a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]};
}

}  // namespace

std::array<int, 3> mesh_of_spacing(const Structure& structure, double spacing_per_A) {
    std::array<int, 3> mesh{};
    for (std::size_t i = 0; i < 3; ++i) {
        const Vec3 normal = cross(structure.cell[(i + 1) % 3], structure.cell[(i + 2) % 3]);
        const double length =
            2.0 * std::numbers::pi * std::hypot(normal[0], normal[1], normal[2]) / volume(structure);
        // A hair less than the quotient, so that rounding does not add a plane.
        mesh[i] = std::max(1, static_cast<int>(std::ceil(length / spacing_per_A - 1.0e-9)));
    }
    return mesh;
}

}  // namespace fibonaqi
