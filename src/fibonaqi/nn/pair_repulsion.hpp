// Repulsion of nuclei at short range, where no data has ever been.
#pragma once

#include <vector>

#include <ATen/ATen.h>

#include "fibonaqi/nn/weight_reader.hpp"

namespace fibonaqi::nn {

/// Universal screened Coulomb repulsion of Ziegler, Biersack and Littmark (1985), as MACE uses it: per
/// ordered pair of neighbours
///   0.5 * 14.3996 eV angstrom * Z_a Z_b / r * phi(r / s) * f(r / (R_a + R_b))
/// with the screening length s = c * 0.529 angstrom / (Z_a^x + Z_b^x), phi = sum over i of c_i exp(-d_i r/s),
/// d = 3.2, 0.9423, 0.4028, 0.2016, and the polynomial envelope f: zero beyond the sum of the covalent radii.
class PairRepulsion {
  public:
    /// Reads "pair_repulsion_fn.": p, a_prefactor (c), a_exp (x), c [4], covalent_radii [angstrom].
    PairRepulsion(WeightReader& weights, const std::vector<int>& species);

    /// length [E] [angstrom], elements [E] of both ends (indices into species), receiving atom [E] ->
    /// energy of each atom [N] [eV].
    at::Tensor evaluate(const at::Tensor& length, const at::Tensor& sender_element,
                        const at::Tensor& receiver_element, const at::Tensor& receiver,
                        std::int64_t atoms) const;

  private:
    int power_;
    double screening_, exponent_;
    std::vector<double> factors_;
    at::Tensor charges_;  // [elements]
    at::Tensor radii_;    // [elements] [angstrom]
};

}  // namespace fibonaqi::nn
