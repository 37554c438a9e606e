// Products of neighbour densities: the many-body part of MACE.
#pragma once

#include <map>
#include <string>
#include <vector>

#include <ATen/ATen.h>

#include "fibonaqi/nn/edge_coupling.hpp"
#include "fibonaqi/nn/element_groups.hpp"
#include "fibonaqi/nn/weight_reader.hpp"

namespace fibonaqi::nn {

/// What a contraction multiplies.
struct ContractionShape {
    int max_ell = 0;            ///< orders of the density: 0..max_ell
    int correlation = 0;        ///< factors at most, 1..4
    std::vector<int> orders;    ///< L of the products, ascending
    std::int64_t elements = 0;  ///< species of the card
    std::int64_t channels = 0;

    /// (max_ell + 1)^2.
    std::int64_t components() const { return static_cast<std::int64_t>(max_ell + 1) * (max_ell + 1); }
};

/// Equivariant products of the components A_m of one atom and channel (Batatia et al., NeurIPS 2022, eq. 10
/// and 11): for every output order L and component M
///   B_LM c = sum over nu = 1..correlation, k of W_L nu[z, k, c] sum over m_1..m_nu of
///            U_L nu[M, m_1..m_nu, k] A_(m_1) c ... A_(m_nu) c
/// As A commutes, equal monomials are put together once, at construction: what remains are polynomials in
/// (max_ell + 1)^2 variables whose coefficients depend on element and channel. A monomial is made once for
/// all of them, as a shorter one times a component.
class SymmetricContraction {
  public:
    /// For the i-th order reads "<prefix>.contractions.<i>.": "U_matrix_<nu>", "weights_max" (nu =
    /// correlation) and "weights.<j>" (nu = correlation - 1 - j).
    SymmetricContraction(WeightReader& weights, const std::string& prefix, const ContractionShape& shape);

    /// A [components, N, C] -> one tensor [2L + 1, N, C] per order.
    BlockFeatures evaluate(const at::Tensor& density, const ElementGroups& groups) const;

  private:
    using Monomial = std::vector<int>;  // sorted components

    // The part of one order in the sums of one degree: terms of its components M, one after the other.
    struct Part {
        at::Tensor coupling;               // [terms, k]: U summed over the orders of equal components
        at::Tensor weight;                 // [elements, k, C], trainable
        std::vector<std::int64_t> counts;  // terms of each M
        std::vector<Monomial> monomials;   // of each term; empty once they are indexed
    };
    struct Degree {
        at::Tensor parent, last;  // monomial i = monomial parent[i] of the degree before times A_(last[i])
        at::Tensor monomial;      // index of the monomial of every term of all parts
        std::vector<Part> parts;  // one per order
    };

    Part read_part(WeightReader& weights, const std::string& prefix, int order, int nu) const;
    void index_monomials(const at::Device& device);
    at::Tensor coefficients(const Degree& degree, const ElementGroups& groups) const;

    ContractionShape shape_;
    std::vector<Degree> degrees_;  // degrees_[nu - 1]
};

}  // namespace fibonaqi::nn
