// Atoms in a cell: the structure that every part of FIBonAQi passes around.
#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <vector>

namespace fibonaqi {

using Vec3 = std::array<double, 3>;
using Mat3 = std::array<Vec3, 3>;  ///< row by row

/// Positions [angstrom], atomic numbers, cell rows a, b, c [angstrom] and which of them are periodic.
/// A cell of zeros belongs to a structure without periodicity. Nothing is wrapped: positions are as given.
struct Structure {
    std::vector<int> atomic_numbers;
    std::vector<Vec3> positions;
    Mat3 cell{};
    std::array<bool, 3> pbc{false, false, false};

    std::size_t size() const { return atomic_numbers.size(); }
    bool is_periodic() const { return pbc[0] || pbc[1] || pbc[2]; }
    bool is_fully_periodic() const { return pbc[0] && pbc[1] && pbc[2]; }
};

/// |det cell| [angstrom^3]; 0 without a cell.
double volume(const Structure& structure);

/// SHA-256 over atomic numbers, IEEE bits of positions and cell, pbc: the identity of a structure.
std::string structure_hash(const Structure& structure);

}  // namespace fibonaqi
