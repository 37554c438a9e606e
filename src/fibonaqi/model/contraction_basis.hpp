// The coupling tensors of MACE's symmetric contraction, for models that are made here.
#pragma once

#include <vector>

#include "fibonaqi/model/tensor_file.hpp"

namespace fibonaqi {

/// U [2L + 1, M, ..., M, k] (nu axes M = (max_ell + 1)^2; without the first axis for L = 0): the k ways to
/// couple nu copies of the harmonics 0..max_ell, from left to right, to one irrep of order L and natural
/// parity. Path by path
///   U(i_1) = 1,   U(.., i_nu) = sqrt(2 l + 1) sum over m' of wigner_3j(l, l', l_nu)[m, m', i_nu] U'(.., m')
/// with intermediates l' of both parities (natural parity alone for nu = 4: else there would be too many),
/// sorted after every step by irrep (odd before even), in the order of their making within one irrep. This is
/// the basis of mace-torch without cuequivariance, number for number: its weights can be used with it. As
/// that rests on e3nn 0.4, coupling tensors of (1, l, l), l > 1, have the sign of that version here.
/// Contract: 0 <= max_ell <= 4, 0 <= L, 1 <= nu <= 4. float64.
StoredTensor contraction_basis(int max_ell, int order, int nu);

}  // namespace fibonaqi
