// From features to energies of atoms.
#pragma once

#include <string>

#include <ATen/ATen.h>

#include "fibonaqi/nn/mace_options.hpp"
#include "fibonaqi/nn/weight_reader.hpp"

namespace fibonaqi::nn {

/// x . w / sqrt(C): readout of every layer but the last.
class LinearReadout {
  public:
    LinearReadout(WeightReader& weights, const MaceOptions& options, int layer);
    at::Tensor evaluate(const at::Tensor& scalars) const;  ///< [N, C] -> [N]

  private:
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

    at::Tensor hidden(const at::Tensor& scalars) const;    ///< h: [N, C] -> [N, d]
    const at::Tensor& weight() const { return last_; }     ///< u, flat [d]
    const at::Tensor& bias() const { return last_bias_; }  ///< b, [1]; undefined: 0
    const std::string& weight_name() const { return name_; }

  private:
    ReadoutKind kind_;
    std::string name_;
    at::Tensor first_, middle_, middle_bias_, last_, last_bias_;
};

}  // namespace fibonaqi::nn
