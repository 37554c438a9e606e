// Message passing: from the features of the neighbours to the density around each atom.
#pragma once

#include <ATen/ATen.h>

#include "fibonaqi/nn/element_groups.hpp"
#include "fibonaqi/nn/mace_options.hpp"
#include "fibonaqi/nn/radial.hpp"
#include "fibonaqi/nn/weight_reader.hpp"

namespace fibonaqi::nn {

/// What the blocks of a network know about the atoms and edges of one evaluation.
struct Environment {
    ElementGroups elements;
    at::Tensor sender, receiver;  ///< [E] int64
    at::Tensor harmonics;         ///< [E, (max_ell + 1)^2]
    at::Tensor radial;            ///< [E, number of Bessel functions]

    std::int64_t atoms() const { return elements.row.size(0); }
};

/// Invariant features of the atoms. Before the first interaction they depend on the element alone: then there
/// is one row per present element, and `row` says which one is whose.
struct NodeFeatures {
    at::Tensor values;  ///< [rows, C]
    at::Tensor row;     ///< [N] int64; undefined: row i belongs to atom i
};

/// RealAgnosticInteractionBlock and RealAgnosticResidualInteractionBlock of MACE for scalar features:
///   A_(lm) c (i) = linear_l( sum over edges j -> i of R_l c (r_ij) Y_lm (r_ij) h_c (j) ) / average
///   neighbours
/// with h = linear_up(features) and R from the radial network. The residual block leaves A as it is and hands
/// on skip = features times a matrix of the element, to be added after the product; the plain one
/// multiplies A by such matrices and has no skip.
class Interaction {
  public:
    Interaction(WeightReader& weights, const MaceOptions& options, int layer);

    struct Output {
        at::Tensor density;  ///< [(max_ell + 1)^2, N, C]
        at::Tensor skip;     ///< [N, C]; undefined for the plain block
    };
    Output evaluate(const NodeFeatures& features, const Environment& environment) const;

  private:
    at::Tensor sum_messages(const NodeFeatures& features, const Environment& environment) const;
    at::Tensor skip(const NodeFeatures& features, const Environment& environment) const;

    at::Tensor up_;
    RadialNetwork radial_;
    at::Tensor linear_;
    at::Tensor skip_;
    int max_ell_;
    std::int64_t elements_;
    double average_neighbors_;
    bool is_residual_;
};

}  // namespace fibonaqi::nn
