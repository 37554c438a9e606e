// Atoms of a batch sorted out by element, for weights that differ from element to element.
#pragma once

#include <vector>

#include <ATen/ATen.h>

namespace fibonaqi::nn {

/// The K elements that occur among N atoms. Weights of elements that do not occur are never touched: a model
/// for 89 elements costs no more than one for those of the structure.
struct ElementGroups {
    at::Tensor present;             ///< [K] int64: element indices of the card, ascending
    at::Tensor row;                 ///< [N] int64: position of each atom's element in `present`
    std::vector<at::Tensor> atoms;  ///< K lists of atoms
    at::Tensor place;               ///< [N] int64: where each atom is when the K lists stand in a row

    std::int64_t size() const { return present.size(0); }
};

/// element [N] int64.
ElementGroups group_by_element(const at::Tensor& element);

/// One row per present element -> one row per atom: [K, ...] -> [N, ...].
at::Tensor spread(const at::Tensor& values, const ElementGroups& groups);

}  // namespace fibonaqi::nn
