// The structures that all benchmarks use: diamond silicon, distorted at random.
#pragma once

#include <cstdint>
#include <vector>

#include "fibonaqi/atoms/atom_graph.hpp"
#include "fibonaqi/base/rng.hpp"

namespace fibonaqi::benchmark {

/// `repeat`^3 cubic cells of 8 atoms, lattice constant 5.46 angstrom, every coordinate moved by a normal
/// random number of 0.1 angstrom. Another `item`, another structure; the same item, the same structure.
inline Structure distorted_silicon(int repeat, std::uint64_t item) {
    constexpr double lattice = 5.46, displacement = 0.1;
    const std::vector<Vec3> sites{{0, 0, 0},          {0, 0.5, 0.5},      {0.5, 0, 0.5},
                                  {0.5, 0.5, 0},      {0.25, 0.25, 0.25}, {0.25, 0.75, 0.75},
                                  {0.75, 0.25, 0.75}, {0.75, 0.75, 0.25}};
    KeyedRng rng(1, "benchmark silicon", 0, item);
    Structure structure;
    for (int cell = 0; cell < repeat * repeat * repeat; ++cell) {
        const Vec3 origin{static_cast<double>(cell % repeat), static_cast<double>(cell / repeat % repeat),
                          static_cast<double>(cell / repeat / repeat)};
        for (const Vec3& site : sites) {
            Vec3 position{};
            for (std::size_t axis = 0; axis < 3; ++axis) {
                position[axis] = lattice * (origin[axis] + site[axis]) + displacement * rng.normal();
            }
            structure.positions.push_back(position);
            structure.atomic_numbers.push_back(14);
        }
    }
    const double edge = lattice * repeat;
    structure.cell = {{{edge, 0, 0}, {0, edge, 0}, {0, 0, edge}}};
    structure.pbc = {true, true, true};
    return structure;
}

}  // namespace fibonaqi::benchmark
