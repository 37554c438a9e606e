// The weights between features and energy, as gradients of single structures see them.
#pragma once

#include <string>
#include <vector>

#include <ATen/ATen.h>

namespace fibonaqi::nn {

/// Which weights a gradient is taken with respect to. The larger, the more a structure can differ in from
/// others, and the more there are (MACE-MP-0 small: 16, 144, 2192).
enum class ReadoutSet {
    final_linear,     ///< of the last linear layer: the "last layer"
    linear_readouts,  ///< also of the linear readouts of earlier layers, where there are any: all weights
                      ///< that the energy is linear in
    readouts          ///< of all readouts, with the hidden layers in them and all biases
};

/// "final", "linear_readouts", "readouts". Throws ConfigError with a suggestion.
ReadoutSet readout_set_from(const std::string& name);

/// One copy of the weights of a set for each of B graphs.
struct OwnWeights {
    ReadoutSet set = ReadoutSet::final_linear;
    /// [B, d]: the parameters of Network::readout_weights(set), each flat, one behind the other. Undefined:
    /// all graphs use the network's own.
    at::Tensor copies;
};

/// What an architecture reads the weights of its readouts through: its own, or those of each atom's graph.
class ReadoutWeights {
  public:
    /// The network's own.
    ReadoutWeights() = default;
    /// `replaced`: the network's own parameters that `copies` [B, d] stand for, in order. `graph` [N].
    ReadoutWeights(std::vector<at::Tensor> replaced, const at::Tensor& copies, const at::Tensor& graph);

    bool replaces(const at::Tensor& parameter) const;
    /// The weight that each atom sees, flat: [N, k], or one row [1, k] for all.
    at::Tensor of_atoms(const at::Tensor& parameter) const;
    /// x [N, in] times the flat weight [in, out], times a number: [N, out].
    at::Tensor times(const at::Tensor& x, const at::Tensor& weight, double scale) const;

  private:
    std::vector<at::Tensor> replaced_;
    at::Tensor copies_, graph_;
};

}  // namespace fibonaqi::nn
