// Distances and sanity of structures.
#pragma once

#include <string>

#include "fibonaqi/atoms/structure.hpp"

namespace fibonaqi {

struct AtomGraph;

/// Distance between the two atoms of an edge [angstrom].
double edge_length(const AtomGraph& graph, std::size_t edge);

/// The closest pair within `cutoff` [angstrom]; distance is +infinity when there is none.
struct ClosestPair {
    double distance;
    std::size_t first, second;
};
ClosestPair closest_pair(const Structure& structure, double cutoff);

/// Least value over all pairs of distance / (sum of the covalent radii); +infinity when no pair is within
/// twice that sum. Below about 0.6 no quantum-mechanical code gives anything useful.
double closest_approach(const Structure& structure);

/// Cell multiplied by (1 + strain), atoms carried along. strain is a symmetric 3x3 matrix.
Structure strained(const Structure& structure, const Mat3& strain);

/// "Si8" or "H2O": Hill order.
std::string formula(const Structure& structure);

}  // namespace fibonaqi
