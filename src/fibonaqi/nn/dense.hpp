// Layers of ordinary multilayer perceptrons: y = x W^T + b, as torch.nn.Linear stores them.
#pragma once

#include <string>
#include <vector>

#include <ATen/ATen.h>

#include "fibonaqi/nn/readout_weights.hpp"
#include "fibonaqi/nn/weight_reader.hpp"

namespace fibonaqi::nn {

/// One layer with bias.
class Dense {
  public:
    /// Reads "<prefix>.weight" [out, in] and "<prefix>.bias" [out].
    Dense(WeightReader& weights, const std::string& prefix, std::int64_t in, std::int64_t out);

    at::Tensor evaluate(const at::Tensor& input) const;  ///< [N, in] -> [N, out]
    /// The same as part of a readout.
    at::Tensor evaluate(const at::Tensor& input, const ReadoutWeights& weights) const;

    /// For a layer whose outputs are numbered channel * parts + part: the same, numbered part * channels +
    /// channel, so that channels are innermost.
    at::Tensor evaluate_by_part(const at::Tensor& input, std::int64_t parts) const;

  private:
    at::Tensor weight_, bias_;
};

/// LayerNorm of torch.nn: every row to mean 0 and variance 1 (1e-5 added to the variance), then a factor and
/// a shift per column. A row of zeros becomes the shifts.
class RowNorm {
  public:
    /// Reads "<prefix>.weight" and "<prefix>.bias", [columns].
    RowNorm(WeightReader& weights, const std::string& prefix, std::int64_t columns);

    at::Tensor evaluate(const at::Tensor& rows) const;  ///< [N, columns] -> the same shape

  private:
    at::Tensor weight_, bias_;
};

}  // namespace fibonaqi::nn
