#include "fibonaqi/lammps/lammps_axes.hpp"

#include <cmath>
#include <vector>

#include "fibonaqi/base/error.hpp"

namespace fibonaqi::lammps {
namespace {

constexpr double least_angle = 1e-4;  // between cell vectors [rad]
constexpr double rounding = 1e-13;    // tilts below this share of a length are none
constexpr double half = 0.5 + 1e-9;   // a tilt of exactly a half stays as it is

double dot(const Vec3& a, const Vec3& b) {
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

Vec3 cross(const Vec3& a, const Vec3& b) {
    return {a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]};
}

Vec3 plus(const Vec3& a, double factor, const Vec3& b) {
    return {a[0] + factor * b[0], a[1] + factor * b[1], a[2] + factor * b[2]};
}

Vec3 times(double factor, const Vec3& a) {
    return {factor * a[0], factor * a[1], factor * a[2]};
}

// The part of v across the unit vectors `across`, made a unit vector.
Vec3 unit_across(const Vec3& v, const std::vector<Vec3>& across) {
    Vec3 rest = v;
    for (const Vec3& e : across) {
        rest = plus(rest, -dot(rest, e), e);
    }
    const double length = std::sqrt(dot(rest, rest));
    if (!(length > least_angle * std::sqrt(dot(v, v)))) {
        throw ConfigError(
            "the cell vectors of periodic directions are zero or parallel (there is no such crystal) "
            "correct the Lattice of the structure");
    }
    return times(1.0 / length, rest);
}

// The axis along which v is shortest: never parallel to v.
Vec3 axis_across(const Vec3& v) {
    std::size_t least = 0;
    for (std::size_t x = 1; x < 3; ++x) {
        least = std::abs(v[x]) < std::abs(v[least]) ? x : least;
    }
    Vec3 axis{};
    axis[least] = 1.0;
    return axis;
}

using Combination = std::array<std::array<long, 3>, 3>;

// Of a whole-number matrix with determinant 1 or -1: whole numbers again.
Combination inverse(const Combination& m) {
    const auto cofactor = [&m](std::size_t i, std::size_t j) {
        const std::size_t i1 = (i + 1) % 3, i2 = (i + 2) % 3, j1 = (j + 1) % 3, j2 = (j + 2) % 3;
        return m[i1][j1] * m[i2][j2] - m[i1][j2] * m[i2][j1];
    };
    const long determinant = m[0][0] * cofactor(0, 0) + m[0][1] * cofactor(0, 1) + m[0][2] * cofactor(0, 2);
    Combination result{};
    for (std::size_t i = 0; i < 3; ++i) {
        for (std::size_t j = 0; j < 3; ++j) {
            result[j][i] = cofactor(i, j) * determinant;
        }
    }
    return result;
}

}  // namespace

LammpsAxes::LammpsAxes(const Structure& structure) : original_cell_(structure.cell) {
    choose_lattice(structure);
    const Vec3 e1 = unit_across(lattice_[0], {});
    const Vec3 e2 = unit_across(lattice_[1], {e1});
    unit_across(lattice_[2], {e1, e2});
    rotation_ = {e1, e2, cross(e1, e2)};
    reduce_tilts();
    for (std::size_t i = 0; i < 3; ++i) {
        for (std::size_t j = 0; j <= i; ++j) {
            const double value = dot(lattice_[i], rotation_[j]);
            lammps_cell_[i][j] =
                std::abs(value) < rounding * std::sqrt(dot(lattice_[j], lattice_[j])) ? 0.0 : value;
        }
    }
}

// Periodic vectors first, in their order; the others are unit vectors across them, so that no tilt points
// there.
void LammpsAxes::choose_lattice(const Structure& structure) {
    std::size_t count = 0;
    for (const bool periodic : {true, false}) {
        for (std::size_t d = 0; d < 3; ++d) {
            if (structure.pbc[d] == periodic) {
                original_[count] = d;
                pbc_[count] = periodic;
                lattice_[count] = structure.cell[d];
                combination_[count][count] = 1;
                ++count;
            }
        }
    }
    if (!pbc_[0]) {
        lattice_ = Mat3{{{1.0, 0.0, 0.0}, {0.0, 1.0, 0.0}, {0.0, 0.0, 1.0}}};
        return;
    }
    if (!pbc_[1]) {
        lattice_[1] = unit_across(axis_across(lattice_[0]), {unit_across(lattice_[0], {})});
    }
    const Vec3 normal = cross(lattice_[0], lattice_[1]);
    if (!pbc_[2]) {
        lattice_[2] = times(1.0 / std::sqrt(dot(normal, normal)), normal);
    } else if (dot(normal, lattice_[2]) < 0.0) {
        lattice_[2] = times(-1.0, lattice_[2]);
        combination_[2][2] = -1;
    }
}

// b and c may be moved by whole vectors of the lattice: the crystal stays the same. Directions that are not
// periodic have no tilt.
void LammpsAxes::reduce_tilts() {
    const auto reduce = [this](std::size_t row, std::size_t by) {
        const double ratio = dot(lattice_[row], rotation_[by]) / dot(lattice_[by], rotation_[by]);
        const long whole = std::abs(ratio) > half ? std::lround(ratio) : 0;
        lattice_[row] = plus(lattice_[row], -static_cast<double>(whole), lattice_[by]);
        for (std::size_t j = 0; j < 3; ++j) {
            combination_[row][j] -= whole * combination_[by][j];
        }
    };
    if (pbc_[1]) {
        reduce(1, 0);
    }
    if (pbc_[2]) {
        reduce(2, 1);
        reduce(2, 0);
    }
}

Vec3 LammpsAxes::to_lammps(const Vec3& v) const {
    return {dot(rotation_[0], v), dot(rotation_[1], v), dot(rotation_[2], v)};
}

Vec3 LammpsAxes::from_lammps(const Vec3& v) const {
    return plus(plus(times(v[0], rotation_[0]), v[1], rotation_[1]), v[2], rotation_[2]);
}

Mat3 LammpsAxes::tensor_from_lammps(const Mat3& t) const {
    Mat3 half_way{};  // t R
    for (std::size_t i = 0; i < 3; ++i) {
        half_way[i] = from_lammps(t[i]);
    }
    Mat3 result{};
    for (std::size_t x = 0; x < 3; ++x) {
        const Vec3 column = from_lammps({half_way[0][x], half_way[1][x], half_way[2][x]});
        for (std::size_t y = 0; y < 3; ++y) {
            result[y][x] = column[y];
        }
    }
    return result;
}

Mat3 LammpsAxes::cell_from_lammps(const Mat3& lammps_cell) const {
    bool is_same = true;
    for (std::size_t i = 0; i < 3; ++i) {
        is_same = is_same && (!pbc_[i] || lammps_cell[i] == lammps_cell_[i]);
    }
    if (is_same) {
        return original_cell_;
    }
    const Combination back = inverse(combination_);
    Mat3 result = original_cell_;
    for (std::size_t i = 0; i < 3; ++i) {
        if (pbc_[i]) {
            Vec3 row{};
            for (std::size_t j = 0; j < 3 && pbc_[j]; ++j) {
                row = plus(row, static_cast<double>(back[i][j]), from_lammps(lammps_cell[j]));
            }
            result[original_[i]] = row;
        }
    }
    return result;
}

}  // namespace fibonaqi::lammps
