// Neighbour lists: every ordered pair within a cutoff, every periodic image.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "fibonaqi/atoms/structure.hpp"

namespace fibonaqi {

/// Directed edges. Edge e goes from sender[e] to receiver[e]; its vector is
/// positions[receiver] - positions[sender] + unit_shift * cell, with a length strictly below the cutoff.
/// An atom is a neighbour of its own images (non-zero shift), never of itself. Sorted by receiver, then
/// sender, then shift, so the list does not depend on how it was found.
struct NeighborList {
    std::vector<std::int64_t> sender;
    std::vector<std::int64_t> receiver;
    std::vector<std::array<int, 3>> unit_shift;

    std::size_t size() const { return sender.size(); }
};

/// Cell list: O(N) for any cell (triclinic, left-handed, smaller than the cutoff), any mixture of periodic
/// directions, atoms outside the cell. Throws Error when a periodic direction has no cell vector, when the
/// cell is singular, or when the list would exceed 2^31 edges; non-finite positions are refused by name.
NeighborList neighbor_list(const Structure& structure, double cutoff);

}  // namespace fibonaqi
