// Distances as TensorNet sees them: basis functions and a weight that ends at the cutoff.
#pragma once

#include <optional>

#include <ATen/ATen.h>

#include "fibonaqi/nn/bessel_bases.hpp"
#include "fibonaqi/nn/tensornet_options.hpp"
#include "fibonaqi/nn/weight_reader.hpp"

namespace fibonaqi::nn {

/// Of every edge.
struct RadialValues {
    at::Tensor basis;   ///< [E, K]
    at::Tensor weight;  ///< [E, 1]: (cos(pi r / r_c) + 1) / 2, 0 beyond r_c
};

/// Basis functions of the distance r:
///   smooth_bessel  SmoothBesselBasis
///   gaussian       exp(-width (r - c)^2) at the centres c that the model file holds
class TensorNetRadial {
  public:
    TensorNetRadial(const WeightReader& weights, const TensorNetOptions& options);

    /// length [E] [angstrom], positive.
    RadialValues evaluate(const at::Tensor& length) const;

  private:
    at::Tensor basis(const at::Tensor& length) const;

    TensorNetOptions options_;
    std::optional<SmoothBesselBasis> smooth_;
    at::Tensor centers_;  // [K] [angstrom], of the Gaussians
};

}  // namespace fibonaqi::nn
