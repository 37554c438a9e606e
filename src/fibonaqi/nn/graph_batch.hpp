// Many graphs as one: what a network evaluates.
#pragma once

#include <span>

#include <ATen/ATen.h>

#include "fibonaqi/atoms/atom_graph.hpp"
#include "fibonaqi/model/model_card.hpp"

namespace fibonaqi::nn {

/// B graphs with N atoms and E edges in all, concatenated. Floating tensors have the network's dtype and
/// device.
struct GraphBatch {
    at::Tensor element;    ///< [N] int64: index into the card's species
    at::Tensor positions;  ///< [N, 3] [angstrom]
    at::Tensor sender;     ///< [E] int64, into atoms of the batch
    at::Tensor receiver;   ///< [E] int64
    at::Tensor shift;      ///< [E, 3] [angstrom]; vector = positions[receiver] - positions[sender] + shift
    at::Tensor graph;      ///< [N] int64: the graph of each atom
    at::Tensor atoms_per_graph;  ///< [B] int64
    at::Tensor volume;           ///< [B] float64 [angstrom^3]; 0 where a stress is not defined
    at::Tensor e0;               ///< [B] float64: sum of the reference energies [eV]

    std::int64_t graphs() const { return atoms_per_graph.size(0); }
    std::int64_t atoms() const { return element.size(0); }
    std::int64_t edges() const { return sender.size(0); }
};

/// Throws ModelError (exit code usage) naming the element that the card does not list.
GraphBatch make_batch(std::span<const AtomGraph> graphs, const ModelCard& card,
                      const at::TensorOptions& options);

}  // namespace fibonaqi::nn
