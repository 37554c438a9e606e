// The readout of matgl's potentials: a perceptron, and another that opens and closes it.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include <ATen/ATen.h>

#include "fibonaqi/nn/dense.hpp"

namespace fibonaqi::nn {

/// Energy of an atom = (w . h + b) sigmoid(g), of hidden channels h and a gate g that three silu layers make
/// of its invariants, each with weights of their own. The last layer is w and b in one tensor of C + 1
/// numbers: then gradients with respect to it know the bias too, and a graph's own copy is one row. The gate
/// is not part of it.
class GatedReadout {
  public:
    /// Shapes: gated_readout_parameters.
    GatedReadout(WeightReader& weights, std::int64_t features, std::int64_t units);

    /// sigmoid(g) (h, 1): the last layer (w, b) multiplies it. [N, features] -> [N, C + 1].
    at::Tensor hidden(const at::Tensor& features, const ReadoutWeights& weights) const;
    const at::Tensor& last_layer() const { return last_; }  ///< (w, b), [C + 1]
    /// Of the parameters of a set: the energy is linear in the last layer alone, `readouts` are all of them.
    std::vector<std::string> names(ReadoutSet set) const;

  private:
    void read(WeightReader& weights, std::vector<Dense>& layers, const std::string& name,
              std::pair<std::int64_t, std::int64_t> shape);

    std::vector<Dense> layers_, gates_;
    at::Tensor last_;
    std::vector<std::string> names_;
};

}  // namespace fibonaqi::nn
