// Products of neighbour densities: the many-body part of MACE.
#pragma once

#include <array>
#include <string>
#include <vector>

#include <ATen/ATen.h>

#include "fibonaqi/nn/element_groups.hpp"
#include "fibonaqi/nn/mace_options.hpp"
#include "fibonaqi/nn/weight_reader.hpp"

namespace fibonaqi::nn {

/// Invariant products of the components A_m of one atom and channel (Batatia et al., NeurIPS 2022, eq. 10 and
/// 11), for output l = 0:
///   B_c = sum over nu = 1..correlation, k of W_nu[z, k, c] sum over m_1..m_nu of
///         U_nu[m_1..m_nu, k] A_(m_1) c ... A_(m_nu) c
/// As A commutes, equal monomials are put together once, at construction: what remains is one polynomial in
/// (max_ell + 1)^2 variables whose coefficients depend on element and channel.
class SymmetricContraction {
  public:
    /// Reads "<prefix>.U_matrix_<nu>", "<prefix>.weights_max" (nu = correlation) and "<prefix>.weights.<i>"
    /// (nu = correlation - 1 - i).
    SymmetricContraction(WeightReader& weights, const std::string& prefix, const MaceOptions& options);

    /// A [components, N, C] -> B [N, C].
    at::Tensor evaluate(const at::Tensor& density, const ElementGroups& groups) const;

  private:
    using Monomial = std::array<int, 3>;  // sorted components; unused ones stay -1, in front

    // All monomials of one degree.
    struct Degree {
        std::vector<Monomial> monomials;
        at::Tensor coupling;  // [monomials, k]: U summed over the orders of equal components
        at::Tensor weight;    // [elements, k, C], trainable
    };
    Degree read_degree(WeightReader& weights, const std::string& prefix, int nu, const std::string& name,
                       const MaceOptions& options) const;
    void index_monomials(const at::Device& device);
    at::Tensor coefficients(const Degree& degree, const ElementGroups& groups) const;

    std::vector<Degree> degrees_;          // degrees_[nu - 1]
    at::Tensor singles_;                   // components of the monomials of degree 1
    at::Tensor pair_first_, pair_second_;  // distinct pairs that any monomial begins with
    at::Tensor squares_;                   // pair of each monomial of degree 2
    at::Tensor cube_pair_, cube_last_;     // pair and third component of each monomial of degree 3
};

}  // namespace fibonaqi::nn
