// The interface of every native, trainable network (MACE, NequIP, TensorNet, M3GNet; others behind the same
// door).
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <ATen/ATen.h>

#include "fibonaqi/model/tensor_file.hpp"
#include "fibonaqi/nn/graph_batch.hpp"
#include "fibonaqi/nn/readout_weights.hpp"
#include "fibonaqi/nn/weight_matrix.hpp"

namespace fibonaqi::nn {

/// What to compute.
struct NetworkRequest {
    bool forces = true;
    bool virial = false;
    bool create_graph = false;  ///< keep the graph through forces and virial: training, per-sample gradients
    OwnWeights own;             ///< every graph's own copies of some weights
    bool hidden = true;         ///< node_features and last_hidden; false saves their cost where they have one
};

/// Results; undefined where not asked for.
struct NetworkOutput {
    at::Tensor energy;         ///< [B] float64 [eV], E0 included
    at::Tensor node_energy;    ///< [N] float64 [eV], E0 included
    at::Tensor forces;         ///< [N, 3] [eV/angstrom]
    at::Tensor virial;         ///< [B, 3, 3] [eV]: -dE/d(strain), symmetric
    at::Tensor node_features;  ///< [N, F]: invariant features of all layers, concatenated (the embedding)
    at::Tensor last_hidden;    ///< [N, d]: what the last layer multiplies, scaled so that
                               ///< dE/d(last layer) of a graph = sum over its atoms of last_hidden
};

/// Parameters are leaf tensors that require a gradient. Not thread-safe.
class Network {
  public:
    virtual ~Network() = default;

    virtual const ModelCard& card() const = 0;
    /// The batch has at least one atom.
    /// batch.positions that already require a gradient are used as they are: then everything returned,
    /// last_hidden too, can be differentiated with respect to them (with create_graph also a second time).
    virtual NetworkOutput evaluate(const GraphBatch& batch, const NetworkRequest& request) const = 0;

    /// Trainable parameters by their stored names, in a fixed order. Shapes as stored.
    virtual std::vector<std::pair<std::string, at::Tensor>> parameters() const = 0;
    /// The matrices of its linear maps: what a low-rank update can be added to. Not tables of elements, of
    /// which a row belongs to one element: an update in common would move elements that no label shows.
    virtual std::vector<WeightMatrix> matrices() const { return matrices_by_shape(parameters()); }
    /// Patterns (name_pattern.hpp) of the names of each layer's weights, from the input on, readouts left
    /// out; empty: none are counted.
    virtual std::vector<std::vector<std::string>> layers() const { return {}; }
    /// Names of the parameters of a set. Sets may coincide; the first holds one parameter, which the others
    /// hold too. Throws ConfigError where a network does not know its readouts beyond the first set.
    virtual std::vector<std::string> readout_weights(ReadoutSet set) const = 0;
    /// Name of the last linear layer's weight (MACE: "readouts.1.linear_2.weight").
    std::string last_layer_name() const { return readout_weights(ReadoutSet::final_linear).front(); }

    virtual at::TensorOptions options() const = 0;           ///< dtype and device
    virtual void set_e0(const std::vector<double>& e0) = 0;  ///< [eV] per species of the card
    /// The model as it is now, ready for write_model_file, weights in the given type.
    virtual ModelFile store(TensorType type) const = 0;
};

/// The parameters of a set, in the order of their names.
std::vector<at::Tensor> parameters_of(const Network& network, ReadoutSet set);

/// Builds the network that the card names. Throws ModelError for an unknown architecture, a missing tensor or
/// a wrong shape, each in one sentence.
std::unique_ptr<Network> load_network(const ModelFile& model, const at::TensorOptions& options);

}  // namespace fibonaqi::nn
