// What the layers of message-passing networks know of the structure, and hand on.
#pragma once

#include <ATen/ATen.h>

#include "fibonaqi/nn/edge_coupling.hpp"
#include "fibonaqi/nn/element_groups.hpp"

namespace fibonaqi::nn {

/// The atoms and edges of one evaluation.
struct Environment {
    ElementGroups elements;
    at::Tensor sender, receiver;  ///< [E] int64
    at::Tensor harmonics;         ///< [E, (max_ell + 1)^2]
    at::Tensor radial;            ///< [E, number of Bessel functions]

    std::int64_t atoms() const { return elements.row.size(0); }
};

/// Features of the atoms. Before the first layer they depend on the element alone: then there is one row per
/// present element, and `row` says which one is whose.
struct NodeFeatures {
    BlockFeatures blocks;  ///< [2l + 1, rows, C] each
    at::Tensor row;        ///< [N] int64; undefined: row i belongs to atom i
};

/// Where the edges begin and end when these features are sent along them.
EdgeEnds edge_ends(const NodeFeatures& features, const Environment& environment);

/// One row per atom of features that have one per present element.
BlockFeatures spread_rows(BlockFeatures features, const Environment& environment);

}  // namespace fibonaqi::nn
