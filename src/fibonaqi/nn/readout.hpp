// From features to energies of atoms.
#pragma once

#include <string>
#include <vector>

#include <ATen/ATen.h>

#include "fibonaqi/nn/mace_options.hpp"
#include "fibonaqi/nn/readout_weights.hpp"
#include "fibonaqi/nn/weight_reader.hpp"

namespace fibonaqi::nn {

/// x . w / sqrt(C): readout of every layer but the last.
class LinearReadout {
  public:
    LinearReadout(WeightReader& weights, const MaceOptions& options, int layer);
    at::Tensor evaluate(const at::Tensor& scalars, const ReadoutWeights& weights) const;  ///< [N, C] -> [N]
    const std::string& weight_name() const { return name_; }

  private:
    std::string name_;
    at::Tensor weight_;
};

/// h . u + b: readout of the last layer. u is the "last layer" whose gradients are features of a sample.
///   linear           h = x / sqrt(C)
///   nonlinear        h = act(x W / sqrt(C)) / sqrt(d)
///   nonlinear_bias   h = act(act(x W / sqrt(C)) V / sqrt(d) + v) / sqrt(d), and b is not 0
class LastReadout {
  public:
    /// `index`: of the readout in the file.
    LastReadout(WeightReader& weights, const MaceOptions& options, int index);

    at::Tensor hidden(const at::Tensor& scalars,
                      const ReadoutWeights& weights) const;  ///< h: [N, C] -> [N, d]
    const at::Tensor& weight() const { return last_; }       ///< u, flat [d]
    const at::Tensor& bias() const { return last_bias_; }    ///< b, [1]; undefined: 0
    const std::string& weight_name() const { return name_; }
    /// Of all its parameters, from the input on.
    std::vector<std::string> all_names() const;

  private:
    ReadoutKind kind_;
    int index_;
    std::string name_;
    at::Tensor first_, middle_, middle_bias_, last_, last_bias_;
};

}  // namespace fibonaqi::nn
