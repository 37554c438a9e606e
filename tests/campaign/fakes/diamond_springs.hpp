// The "quantum mechanics" of the campaign tests: springs that hold the atoms of a diamond lattice at the
// sites of their own cell, strained or not. Exact, cheap, and smooth enough for energies and forces to belong
// together.
#pragma once

#include <cmath>
#include <vector>

#include "fibonaqi/atoms/labels.hpp"

namespace fibonaqi::fake {

/// Inverse of a 3x3 matrix (Cramer).
inline Mat3 inverse(const Mat3& m) {
    Mat3 result{};
    double determinant = 0.0;
    for (std::size_t i = 0; i < 3; ++i) {
        const std::size_t j = (i + 1) % 3;
        const std::size_t k = (i + 2) % 3;
        determinant += m[0][i] * (m[1][j] * m[2][k] - m[1][k] * m[2][j]);
        for (std::size_t row = 0; row < 3; ++row) {
            const std::size_t a = (row + 1) % 3;
            const std::size_t b = (row + 2) % 3;
            result[i][row] = m[a][j] * m[b][k] - m[a][k] * m[b][j];
        }
    }
    for (Vec3& row : result) {
        for (double& value : row) {
            value /= determinant;
        }
    }
    return result;
}

/// From the nearest point of the quarter grid of the cell to the atom [angstrom].
inline Vec3 displacement(const Structure& structure, std::size_t atom) {
    const Mat3 to_fraction = inverse(structure.cell);
    Vec3 rest{};
    for (std::size_t x = 0; x < 3; ++x) {
        double fraction = 0.0;
        for (std::size_t y = 0; y < 3; ++y) {
            fraction += structure.positions[atom][y] * to_fraction[y][x];
        }
        rest[x] = fraction - std::round(4.0 * fraction) / 4.0;
    }
    Vec3 result{};
    for (std::size_t x = 0; x < 3; ++x) {
        for (std::size_t y = 0; y < 3; ++y) {
            result[x] += rest[y] * structure.cell[y][x];
        }
    }
    return result;
}

/// Energy 5 eV/angstrom^2 times half the sum of the squared displacements from their mean, -100 eV per atom;
/// stress is zero, as strain costs nothing.
inline Labels springs(const Structure& structure) {
    constexpr double stiffness = 5.0;
    const auto atoms = static_cast<double>(structure.size());
    std::vector<Vec3> u(structure.size());
    Vec3 mean{};
    for (std::size_t i = 0; i < u.size(); ++i) {
        u[i] = displacement(structure, i);
        for (std::size_t x = 0; x < 3; ++x) {
            mean[x] += u[i][x] / atoms;
        }
    }
    Labels labels;
    labels.energy = -100.0 * atoms;
    labels.forces.resize(u.size());
    labels.stress = Mat3{};
    for (std::size_t i = 0; i < u.size(); ++i) {
        for (std::size_t x = 0; x < 3; ++x) {
            const double shift = u[i][x] - mean[x];
            *labels.energy += 0.5 * stiffness * shift * shift;
            labels.forces[i][x] = -stiffness * shift;
        }
    }
    return labels;
}

}  // namespace fibonaqi::fake
