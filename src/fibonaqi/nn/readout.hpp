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
    at::Tensor evaluate(const at::Tensor& features) const;  ///< [N, C] -> [N]

  private:
    at::Tensor weight_;
};

/// h . u with h = act(x W / sqrt(C)) / sqrt(d): readout of the last layer. u is the "last layer" whose
/// gradients are features of a sample.
class LastReadout {
  public:
    LastReadout(WeightReader& weights, const MaceOptions& options, int layer);

    at::Tensor hidden(const at::Tensor& features) const;  ///< h: [N, C] -> [N, d]
    const at::Tensor& weight() const { return last_; }    ///< u, flat [d]
    const std::string& weight_name() const { return name_; }

  private:
    std::string name_;
    at::Tensor first_, last_;
};

}  // namespace fibonaqi::nn
