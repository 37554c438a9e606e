// A user's own potential, a TorchScript module, behind the interface of all networks.
//
// The module gives energies of atoms; forces, virial, reference energies and storing are those of every
// network (graph_network.hpp). The last layer is known by its path. What it multiplies is not asked of the
// user: energies are linear in its weight w, so derivatives with respect to w and to factors v of the
// atoms' energies give it exactly, see last_layer_features.
#pragma once

#include <mutex>
#include <string>

#include "fibonaqi/nn/graph_network.hpp"
#include "fibonaqi/nn/scripted_module.hpp"

namespace fibonaqi::nn {

/// Two threads may evaluate at once: they take turns.
class ScriptedNetwork : public GraphNetwork {
  public:
    /// Runs the program of the model, whose trust must have been checked. Weights of the model file replace
    /// those in the program: all, or none where the file holds none. Throws ModelError: nothing to train (a
    /// frozen module), no such last layer, a weight that is missing or of another shape.
    ScriptedNetwork(const ModelFile& model, const at::TensorOptions& options);

    /// A program does not tell its weights' parts: ConfigError for all sets but the first.
    std::vector<std::string> readout_weights(ReadoutSet set) const override;

    /// Precision of the weights in the program, whatever it is evaluated in.
    TensorType own_type() const;
    /// The program with the weights as they are now: a TorchScript file.
    std::string program() const { return module_.save(); }

  protected:
    /// node_features are last_hidden: the module shows no others.
    GraphEnergies energies(const GraphBatch& batch, const at::Tensor& vectors,
                           const NetworkRequest& request) const override;

  private:
    void adopt_weights(const ModelFile& model);

    ScriptedModule module_;
    std::string last_layer_name_;
    mutable at::Tensor last_layer_;  // requires a gradient while it is differentiated with respect to
    mutable std::mutex turn_;
};

/// What every atom's energy [N] is the product of with the weight w, in which it is linear: h [N, d]. With
/// factors v = 1, H = d(sum v e)/dw = sum v h, and dH_k/dv is column k. Each of the d derivatives walks
/// through the last layer only, not through the network. Differentiable again if the mode is on.
at::Tensor last_layer_features(const at::Tensor& node_energy, const at::Tensor& weight, bool create_graph);

/// Energies of atoms [N] with each graph's own weights ([B, d]) instead of w: e + h (u - w), from B + 1
/// derivatives of the same kind.
at::Tensor with_own_last_layers(const at::Tensor& node_energy, const at::Tensor& weight,
                                const at::Tensor& own, const GraphBatch& batch);

}  // namespace fibonaqi::nn
