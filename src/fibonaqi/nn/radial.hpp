// Radial part of the edges: Bessel functions under a smooth envelope, and the network on top of them.
#pragma once

#include <string>
#include <vector>

#include <ATen/ATen.h>

#include "fibonaqi/nn/mace_options.hpp"
#include "fibonaqi/nn/weight_reader.hpp"

namespace fibonaqi::nn {

/// b_n(r) f(r/r_c), n = 1..K: Bessel functions b_n = sqrt(2/r_c) sin(k_n r)/r (Gasteiger et al.,
/// arXiv:2003.03123, eq. 7) under the polynomial envelope
///   f(u) = 1 - (p+1)(p+2)/2 u^p + p(p+2) u^(p+1) - p(p+1)/2 u^(p+2), 0 for u >= 1 (eq. 8),
/// which vanishes at the cutoff with its first and second derivative.
class RadialBasis {
  public:
    RadialBasis(WeightReader& weights, const MaceOptions& options);

    /// length [E] in angstrom, positive -> [E, K].
    at::Tensor evaluate(const at::Tensor& length) const;

  private:
    at::Tensor envelope(const at::Tensor& length) const;

    at::Tensor wave_numbers_;  // [K] [1/angstrom]
    double cutoff_;
    int power_;
};

/// Multilayer perceptron without bias: y = act(... act(x W_0 / sqrt(n_0)) ...) W_last / sqrt(n_last), n =
/// rows of W. act = silu times a constant (see normalised_silu). As zero goes to zero, so do messages at the
/// cutoff.
class RadialNetwork {
  public:
    /// Reads "<prefix>.layer<i>.weight" [n_i, n_(i+1)] for the widths in -> hidden... -> out.
    RadialNetwork(WeightReader& weights, const std::string& prefix, const std::vector<std::int64_t>& widths);

    /// [E, n_0] -> [E, n_(last)]: input of the last layer, its constants left to last_weight.
    at::Tensor hidden(const at::Tensor& input) const;
    /// W_last with all constants multiplied in: network(x) = hidden(x) @ last_weight().
    at::Tensor last_weight() const;

  private:
    at::Tensor scaled_weight(std::size_t layer) const;

    std::vector<at::Tensor> weights_;
};

/// act(x) = normalised_silu * x * sigmoid(x) has unit second moment for normally distributed x, as sampled by
/// e3nn when the known models were trained (the exact integral would give 1.67653).
inline constexpr double normalised_silu = 1.6791767923989418;

}  // namespace fibonaqi::nn
