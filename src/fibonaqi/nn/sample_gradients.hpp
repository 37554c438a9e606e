// Gradients of the loss of every single structure with respect to the weights of its readouts, a whole
// superbatch at a time.
//
// Every graph gets its own copy u_i of these weights w. Since graphs do not interact, one backward
// pass through the summed loss returns dL_i/du_i for all of them at once, exactly: energy, force and stress
// terms alike, the mixed second derivatives of the force term included.
#pragma once

#include <functional>
#include <span>

#include <ATen/ATen.h>

#include "fibonaqi/atoms/atom_graph.hpp"
#include "fibonaqi/atoms/labels.hpp"
#include "fibonaqi/nn/loss_options.hpp"
#include "fibonaqi/nn/network.hpp"

namespace fibonaqi::nn {

/// Graphs per evaluation. On a CPU more than about ten graphs at once are slower, not faster: the tensors of
/// a pass no longer fit the cache. Results do not depend on it beyond rounding.
inline constexpr std::size_t default_chunk = 5;

/// Called with (done, total) graphs after every chunk.
using ChunkProgress = std::function<void(std::size_t done, std::size_t total)>;

struct GradientOptions {
    LossOptions loss;
    std::size_t chunk = default_chunk;
    ChunkProgress progress;  ///< may be empty
    ReadoutSet readouts = ReadoutSet::final_linear;
};

/// dL_i/dw of every structure, [n, d] float64 on the network's device. Row i belongs to graphs[i] and
/// labels[i]. With batch_atoms and mean_atoms = 0 the mean is taken over all the graphs given here. Throws
/// ModelError for an element that the card lacks.
at::Tensor loss_gradients(const Network& network, std::span<const AtomGraph> graphs,
                          std::span<const Labels> labels, const GradientOptions& options);

/// dE_i/dw of every graph of a batch, [B, d] float64. With `create_graph` differentiable with
/// respect to positions of the batch that require a gradient.
at::Tensor energy_gradients(const Network& network, const GraphBatch& batch, ReadoutSet set,
                            bool create_graph);

/// The weights of a set as they are stored, flat and one behind the other, [d], detached.
at::Tensor last_layer_weights(const Network& network, ReadoutSet set = ReadoutSet::final_linear);

/// While one lives, no parameter of the network requires a gradient: evaluations that differentiate with
/// respect to positions or expanded weights only are cheaper so. The end restores what was.
class FrozenParameters {
  public:
    explicit FrozenParameters(const Network& network);
    ~FrozenParameters();
    FrozenParameters(const FrozenParameters&) = delete;
    FrozenParameters& operator=(const FrozenParameters&) = delete;

  private:
    std::vector<at::Tensor> frozen_;
};

/// Cuts 0..count-1 into chunks [begin, end) and calls `work` with each, then `progress`.
void for_each_chunk(std::size_t count, std::size_t chunk, const ChunkProgress& progress,
                    const std::function<void(std::size_t begin, std::size_t end)>& work);

}  // namespace fibonaqi::nn
