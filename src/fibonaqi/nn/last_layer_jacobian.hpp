// How energies and forces depend on the last layer: what uncertainties are made of.
#pragma once

#include <span>

#include <ATen/ATen.h>

#include "fibonaqi/atoms/atom_graph.hpp"
#include "fibonaqi/nn/graph_batch.hpp"
#include "fibonaqi/nn/network.hpp"

namespace fibonaqi::nn {

/// Of one batch of B graphs with N atoms, d weights w of readouts; or d directions in the space of w, the
/// derivatives being those along them. float64, on the network's device.
struct LastLayerJacobian {
    at::Tensor energy;       ///< [B, d] dE/dw
    at::Tensor node_energy;  ///< [N, d] of the energy of each atom; undefined but for the final layer itself
    at::Tensor forces;       ///< [N, d, 3] dF/dw
    GraphBatch batch;
};

struct JacobianOptions {
    ReadoutSet readouts = ReadoutSet::final_linear;
    at::Tensor directions;  ///< one per column; undefined for the weights themselves
};

/// One evaluation and d backward passes: about d times the cost of energies and forces. Parameters should be
/// frozen. Throws ModelError for an element that the card lacks.
LastLayerJacobian last_layer_jacobian(const Network& network, std::span<const AtomGraph> graphs,
                                      const JacobianOptions& options = {});

}  // namespace fibonaqi::nn
