// The loss of each structure of a batch: the one definition that training, per-sample gradients and
// pseudo labels share.
#pragma once

#include <span>

#include <ATen/ATen.h>

#include "fibonaqi/atoms/labels.hpp"
#include "fibonaqi/nn/graph_batch.hpp"
#include "fibonaqi/nn/loss_options.hpp"
#include "fibonaqi/nn/network.hpp"

namespace fibonaqi::nn {

/// Labels of the B structures of a batch, in its order, all float64 on its device. A structure without a
/// label has zeros there and 0 in the mask.
struct BatchLabels {
    at::Tensor energy;                              ///< [B] [eV]
    at::Tensor forces;                              ///< [N, 3] [eV/angstrom]
    at::Tensor stress;                              ///< [B, 3, 3] [eV/angstrom^3], tension positive
    at::Tensor has_energy, has_forces, has_stress;  ///< [B], 1 or 0
};

/// Gathers the labels of a batch. A stress label of a structure that is not fully periodic is left out.
/// Contract: one entry per graph; forces are empty or have one entry per atom.
BatchLabels make_batch_labels(std::span<const Labels> labels, const GraphBatch& batch);

/// L_i of every structure (formula in loss_options.hpp) as [B] float64; differentiable like `output`.
/// `output` must hold forces when the force weight is not 0, and the virial when the stress weight is not 0.
at::Tensor structure_losses(const NetworkOutput& output, const GraphBatch& batch, const BatchLabels& labels,
                            const LossOptions& options);

/// Mean number of atoms of these structures: LossOptions::mean_atoms of a batch that is evaluated in pieces.
/// Contract: at least one.
double mean_atoms(std::span<const AtomGraph> graphs);

/// What a network has to compute for these weights, with the graph kept for a second derivative.
NetworkRequest request_for_loss(const LossWeights& weights);

/// Stress of every structure [B, 3, 3] float64 [eV/angstrom^3] = -virial / volume; zeros where the volume is
/// 0.
at::Tensor stress_of(const NetworkOutput& output, const GraphBatch& batch);

}  // namespace fibonaqi::nn
