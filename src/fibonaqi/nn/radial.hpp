// Radial part of the edges: Bessel functions under a smooth envelope, and the network on top of them.
#pragma once

#include <string>
#include <vector>

#include <ATen/ATen.h>

#include "fibonaqi/nn/mace_options.hpp"
#include "fibonaqi/nn/weight_reader.hpp"

namespace fibonaqi::nn {

/// f(u) = 1 - (p+1)(p+2)/2 u^p + p(p+2) u^(p+1) - p(p+1)/2 u^(p+2), 0 for u >= 1 (Gasteiger et al.,
/// arXiv:2003.03123, eq. 8): vanishes at u = 1 with its first and second derivative. Any shape.
at::Tensor polynomial_envelope(const at::Tensor& u, int power);

/// Distances in units of the bond: x(u) = 1 / (1 + a u^q / (1 + u^(q - p))), u = r / r_0, falls from 1 to 0
/// and changes most where atoms bond (Witt et al., J. Chem. Phys. 159, 164101 (2023)); r_0 is the mean
/// covalent radius of the two atoms.
class AgnesiTransform {
  public:
    /// Reads a, q, p and covalent_radii [angstrom, by atomic number] of
    /// "radial_embedding.distance_transform".
    AgnesiTransform(WeightReader& weights, const std::vector<int>& species);

    /// length [E] [angstrom], elements [E] of both ends (indices into species) -> [E].
    at::Tensor evaluate(const at::Tensor& length, const at::Tensor& sender, const at::Tensor& receiver) const;

  private:
    double a_, q_, p_;
    at::Tensor radii_;  // [elements] [angstrom]
};

/// b_n(x) f(r/r_c), n = 1..K: Bessel functions b_n = sqrt(2/r_c) sin(k_n x)/x (Gasteiger et al.,
/// arXiv:2003.03123, eq. 7) under the polynomial envelope. x is the length r, or a transform of it.
class RadialBasis {
  public:
    RadialBasis(WeightReader& weights, const MaceOptions& options);

    /// length r and argument x, both [E] and positive -> [E, K].
    at::Tensor evaluate(const at::Tensor& length, const at::Tensor& argument) const;

  private:
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

    /// [E, n_0] -> [E, n_out].
    at::Tensor evaluate(const at::Tensor& input) const;

  private:
    std::vector<at::Tensor> weights_;
};

/// first -> hidden... -> last, for RadialNetwork.
std::vector<std::int64_t> layer_widths(std::int64_t first, const std::vector<std::int64_t>& hidden,
                                       std::int64_t last);

/// act(x) = normalised_silu * x * sigmoid(x) has unit second moment for normally distributed x, as sampled by
/// e3nn when the known models were trained (the exact integral would give 1.67653).
inline constexpr double normalised_silu = 1.6791767923989418;

}  // namespace fibonaqi::nn
