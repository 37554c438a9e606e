// Linear maps of features in the convention of e3nn: no bias, divided by the square root of the fan-in.
//
// Features of order l have 2l + 1 components, which are mapped alike: only channels mix. Tensors are laid out
// [component, atom, channel], so that the components of one l are one contiguous matrix.
#pragma once

#include <ATen/ATen.h>

#include "fibonaqi/nn/element_groups.hpp"

namespace fibonaqi::nn {

/// x W / sqrt(C): [..., C] with a flat weight of C * C_out numbers ([in, out]) -> [..., C_out]. `divisor`
/// divides the result further, at no cost per atom.
at::Tensor mix_channels(const at::Tensor& features, const at::Tensor& weight, double divisor = 1.0);

/// The same for all l up to max_ell, each with its own matrix: [(max_ell + 1)^2, N, C] with the flat matrices
/// of l = 0, 1, ... one after the other -> the same shape.
at::Tensor linear_per_ell(const at::Tensor& features, const at::Tensor& weight, int max_ell, double divisor);

/// The matrices of the present elements, scaled by 1 / sqrt(C * number of all elements), from a flat weight
/// [C, elements, C] ("skip_tp" of MACE): [K, C, C].
at::Tensor element_matrices(const at::Tensor& weight, const ElementGroups& groups, std::int64_t elements);

/// Every atom's features times the matrix of its element: [m, N, C] -> [m, N, C].
at::Tensor element_linear(const at::Tensor& features, const at::Tensor& matrices,
                          const ElementGroups& groups);

/// element_linear for all l, [(max_ell + 1)^2, N, C], with one flat weight per l one after the other.
at::Tensor element_linear_per_ell(const at::Tensor& features, const at::Tensor& weight, int max_ell,
                                  const ElementGroups& groups);

}  // namespace fibonaqi::nn
