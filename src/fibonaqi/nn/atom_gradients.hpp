// Which atoms a feature row comes from: the row of a structure as a sum over its atoms.
#pragma once

#include <ATen/ATen.h>

#include "fibonaqi/atoms/atom_graph.hpp"
#include "fibonaqi/atoms/labels.hpp"
#include "fibonaqi/nn/features.hpp"
#include "fibonaqi/nn/network.hpp"

namespace fibonaqi::nn {

/// Whether a row of this kind is a sum over atoms: of the kinds below.
bool is_sum_over_atoms(FeatureKind kind);

/// [N, d] float64 on the network's device; the rows add up to feature_rows of this structure alone, up to
/// rounding. The part of atom a is
///   loss_gradient        dL/dE dE_a/dw + sum over x of dL/dF_ax dF_ax/dw: its share of the energy, and what
///                        is wrong with the force on it (a neighbour's force also depends on this atom; that
///                        part counts for the neighbour, whose force it is)
///   prediction_gradient  dE_a/dw, or dE_a/dw / N with per_atom
///   embedding            its invariant features / N
/// d backward passes for loss_gradient. Contract: is_sum_over_atoms; labels that the loss uses are there, and
/// its stress weight is 0 (a stress belongs to no atom). Throws ModelError for an element that the card
/// lacks.
at::Tensor atom_gradients(const Network& network, const AtomGraph& graph, const Labels& labels,
                          const FeatureOptions& options);

}  // namespace fibonaqi::nn
