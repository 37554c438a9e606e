// The graph that a potential evaluates: atoms, directed edges, and how far each edge is shifted.
#pragma once

#include <cstdint>
#include <vector>

#include "fibonaqi/atoms/structure.hpp"

namespace fibonaqi {

/// Like NeighborList, with Cartesian shifts, so that LAMMPS (whose ghosts know no unit shift) can fill it
/// too: vector of edge e = positions[receiver[e]] - positions[sender[e]] + shift[e] [angstrom]. Messages go
/// from sender to receiver. Sender and receiver are indices into positions.
struct AtomGraph {
    std::vector<int> atomic_numbers;
    std::vector<Vec3> positions;
    std::vector<std::int64_t> sender;
    std::vector<std::int64_t> receiver;
    std::vector<Vec3> shift;
    double volume = 0.0;  ///< [angstrom^3] of a fully periodic structure, else 0: then there is no stress

    std::size_t size() const { return atomic_numbers.size(); }
};

/// The graph of a structure for a potential with this cutoff [angstrom]. Errors as neighbor_list.
AtomGraph make_graph(const Structure& structure, double cutoff);

}  // namespace fibonaqi
