// Argon crystals, small and skewed, for tests with the Lennard-Jones potential.
#pragma once

#include "fibonaqi/atoms/structure.hpp"
#include "fibonaqi/base/rng.hpp"

namespace fibonaqi::test {

/// Face-centred cubic, `repeat` cells of 5.3 angstrom in each direction, atoms shaken by up to `shake`
/// [angstrom].
inline Structure argon_crystal(int repeat, double shake, std::uint64_t seed = 1) {
    constexpr double a = 5.3;
    KeyedRng rng(seed, "argon");
    Structure structure;
    const Vec3 sites[4] = {{0.0, 0.0, 0.0}, {0.5, 0.5, 0.0}, {0.5, 0.0, 0.5}, {0.0, 0.5, 0.5}};
    for (int i = 0; i < repeat * repeat * repeat; ++i) {
        const Vec3 corner{double(i % repeat), double(i / repeat % repeat), double(i / repeat / repeat)};
        for (const Vec3& site : sites) {
            Vec3 position{};
            for (std::size_t x = 0; x < 3; ++x) {
                position[x] = a * (corner[x] + site[x]) + shake * (2.0 * rng.uniform() - 1.0);
            }
            structure.positions.push_back(position);
            structure.atomic_numbers.push_back(18);
        }
    }
    for (std::size_t x = 0; x < 3; ++x) {
        structure.cell[x][x] = a * repeat;
    }
    structure.pbc = {true, true, true};
    return structure;
}

/// The 4-atom crystal (much smaller than the cutoff) with its cell and atoms under a linear map with positive
/// or negative determinant: nothing along an axis any more, left-handed if wanted.
inline Structure skewed_argon(bool is_left_handed) {
    const Mat3 map{{{0.9, 0.3, -0.2}, {-0.25, 0.85, 0.35}, {0.3, -0.1, 1.0}}};
    const double sign = is_left_handed ? -1.0 : 1.0;
    Structure structure = argon_crystal(1, 0.2);
    const auto mapped = [&](const Vec3& v) {
        Vec3 result{};
        for (std::size_t x = 0; x < 3; ++x) {
            for (std::size_t y = 0; y < 3; ++y) {
                result[x] += sign * map[x][y] * v[y];
            }
        }
        return result;
    };
    for (Vec3& position : structure.positions) {
        position = mapped(position);
    }
    for (Vec3& row : structure.cell) {
        row = mapped(row);
    }
    return structure;
}

}  // namespace fibonaqi::test
