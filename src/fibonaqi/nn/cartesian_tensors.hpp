// 3x3 matrices per atom and channel, kept as what does not mix under rotations: one number, a vector and a
// symmetric traceless matrix.
//
// X = sum over k = 0..8 of x_k B_k, with B_k orthonormal in the scalar product tr(A^T B):
//   I  k = 0      identity / sqrt 3
//   A  k = 1..3   antisymmetric: A_ij = -epsilon_ijk v_k / sqrt 2, v along x, y, z
//   S  k = 4..8   symmetric, traceless: xz, xy, (2yy - xx - zz), yz, (zz - xx), each of length 1
// The order within A and S is that of spherical harmonics (spherical_harmonics.hpp). Nine numbers and no
// matrix: norms are sums of squares, parts are rows, and the code of MACE's messages does the sums over
// neighbours. Layout [9, N, C], channels innermost.
#pragma once

#include <array>
#include <memory>
#include <string>

#include <ATen/ATen.h>

#include "fibonaqi/nn/coupling_form.hpp"
#include "fibonaqi/nn/weight_reader.hpp"

namespace fibonaqi::nn {

inline constexpr std::int64_t tensor_components = 9;
inline constexpr std::array<std::int64_t, 3> part_components{1, 3, 5};  ///< of I, A, S

/// Squared length of every channel's matrix, ||X||^2 = tr(X^T X): [9, N, C] -> [N, C].
at::Tensor squared_norm(const at::Tensor& tensors);

/// The same of I, A and S apart: [9, N, C] -> three of [N, C].
std::array<at::Tensor, 3> squared_norms_of_parts(const at::Tensor& tensors);

/// X / (||X||^2 + 1): keeps products of products within bounds.
at::Tensor bounded(const at::Tensor& tensors);

/// A factor for every part: [9, N, C] times [N, 3, C] -> [9, N, C].
at::Tensor scale_parts(const at::Tensor& tensors, const at::Tensor& factors);

/// Mixes the channels of I, A and S, each with a matrix of its own and no bias.
class PartwiseLinear {
  public:
    /// Reads "<prefix>.<first>.weight" and the next two, [C, C], rows are outputs.
    PartwiseLinear(WeightReader& weights, const std::string& prefix, int first, std::int64_t channels);

    at::Tensor evaluate(const at::Tensor& tensors) const;  ///< [9, N, C] -> [9, N, C]

  private:
    std::array<at::Tensor, 3> weights_;
};

/// Products of two matrices per atom and channel.
enum class TensorProduct {
    anticommutator,  ///< X Y + Y X: an inversion, which transposes both, transposes it too (O(3))
    twice_product    ///< 2 X Y: handed (SO(3))
};

/// All that TensorNet does with tensors and channels at once, as coupling forms (coupling_form.hpp): nothing
/// of size [edges, components, channels] is stored, and every derivative exists.
class TensorCoupling {
  public:
    TensorCoupling(std::int64_t channels, TensorProduct product);

    /// Sum over edges of radial I, A, S (columns of weights, [E, 3 C]) times the tensors of directions that
    /// `harmonics` stand for ([E, 9], direction_tensors) times a row of a table [rows, C] that ends.source
    /// picks -> [9, atoms, C].
    at::Tensor from_directions(const at::Tensor& harmonics, const at::Tensor& weights,
                               const at::Tensor& table, const EdgeEnds& ends) const;

    /// Sum over neighbours of their tensors [9, N, C], each part times its weight, [E, 3 C] -> [9, N, C].
    at::Tensor from_neighbors(const at::Tensor& weights, const at::Tensor& tensors,
                              const EdgeEnds& ends) const;

    /// The product named at construction, of tensors [9, N, C].
    at::Tensor product(const at::Tensor& x, const at::Tensor& y) const;
    /// X X, always.
    at::Tensor square(const at::Tensor& x) const;

  private:
    std::int64_t channels_;
    std::shared_ptr<const CouplingForm> directions_, neighbors_, product_, square_;
};

/// The matrices that a direction makes, as columns for TensorCoupling::from_directions: the identity, the
/// antisymmetric A_ij = -epsilon_ijk v_k and the symmetric v v^T - 1/3. Unit vectors [E, 3] -> [E, 9].
at::Tensor direction_tensors(const at::Tensor& unit);

}  // namespace fibonaqi::nn
