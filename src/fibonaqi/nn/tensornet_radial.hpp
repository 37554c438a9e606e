// Distances as TensorNet sees them: basis functions and a weight that ends at the cutoff.
#pragma once

#include <ATen/ATen.h>

#include "fibonaqi/nn/tensornet_options.hpp"
#include "fibonaqi/nn/weight_reader.hpp"

namespace fibonaqi::nn {

/// Of every edge.
struct RadialValues {
    at::Tensor basis;   ///< [E, K]
    at::Tensor weight;  ///< [E, 1]: (cos(pi r / r_c) + 1) / 2, 0 beyond r_c
};

/// Basis functions of the distance r:
///   smooth_bessel  g_n of Kocer et al., J. Chem. Phys. 150, 154102 (2019): orthonormal on 0..r_c, with
///                  value, first and second derivative 0 at r_c. Each is a sum of spherical Bessel functions
///                  j_0(k pi r / r_c), k = 1 ... n + 2:
///                    f_n = (-1)^n sqrt(2) pi / r_c^(3/2) (n+1)(n+2) / sqrt((n+1)^2 + (n+2)^2)
///                          (j_0(n+1) + j_0(n+2))
///                    e_n = n^2 (n+2)^2 / (4 (n+1)^4 + 1),  d_0 = 1,  d_n = 1 - e_n / d_(n-1)
///                    g_n = (f_n + sqrt(e_n / d_(n-1)) g_(n-1)) / sqrt(d_n)
///   gaussian       exp(-width (r - c)^2) at the centres c that the model file holds
class TensorNetRadial {
  public:
    TensorNetRadial(const WeightReader& weights, const TensorNetOptions& options);

    /// length [E] [angstrom], positive.
    RadialValues evaluate(const at::Tensor& length) const;

  private:
    at::Tensor basis(const at::Tensor& length) const;

    TensorNetOptions options_;
    at::Tensor wave_numbers_;  // [K + 1] [1/angstrom], of the Bessel functions
    at::Tensor mixture_;       // [K + 1, K]
    at::Tensor centers_;       // [K] [angstrom], of the Gaussians
};

}  // namespace fibonaqi::nn
