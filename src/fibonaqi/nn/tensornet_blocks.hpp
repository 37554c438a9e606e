// The two kinds of blocks of TensorNet: tensors of atoms out of their neighbourhood, and their exchange.
#pragma once

#include <string>
#include <vector>

#include <ATen/ATen.h>

#include "fibonaqi/nn/cartesian_tensors.hpp"
#include "fibonaqi/nn/dense.hpp"
#include "fibonaqi/nn/element_groups.hpp"
#include "fibonaqi/nn/tensornet_radial.hpp"

namespace fibonaqi::nn {

/// What the blocks know of the graph.
struct TensorNetEdges {
    ElementGroups elements;
    at::Tensor sender, receiver;  ///< [E]
    at::Tensor begin, end;        ///< [E]: the same two, in the order of directions and pairs of elements
    at::Tensor directions;        ///< [E, 9], direction_tensors
    RadialValues radial;

    std::int64_t atoms() const { return elements.row.size(0); }
};

/// First tensors of every atom i (Simeon and De Fabritiis, NeurIPS 2023, arXiv:2306.06482, eqs. 7 to 10):
///   X_i = sum over j of phi(r_ij) Z_ij (f_I(r_ij) I + f_A(r_ij) A_ij + f_S(r_ij) S_ij),
/// with f linear in the basis functions and Z_ij = W [z_j, z_i] + b of the two elements' vectors z; then
/// every part is mixed over the channels and multiplied by a factor that a perceptron makes of ||X_i||^2.
class TensorNetEmbedding {
  public:
    TensorNetEmbedding(WeightReader& weights, const TensorNetOptions& options);

    at::Tensor evaluate(const TensorNetEdges& edges, const TensorCoupling& coupling) const;  ///< [9, N, C]

  private:
    // Z of every pair of elements that occur, `begin` major: [K * K, C].
    at::Tensor pair_table(const ElementGroups& elements) const;
    // phi f of every edge: [E, 3 C].
    at::Tensor radial_weights(const RadialValues& radial) const;

    std::vector<Dense> distance_;  // I, A, S
    at::Tensor elements_;          // [elements of the card, C]
    at::Tensor pair_weight_, pair_bias_;
    PartwiseLinear mix_;
    Dense hidden_, factors_;
    RowNorm norm_;
};

/// One exchange with the neighbours (eqs. 11 and 12 there):
///   X <- X / (||X||^2 + 1),  Y = mixed X,  M_i = sum over j of phi (f_I I + f_A A + f_S S)(Y_j),
///   P = (M Y + Y M) / (||.||^2 + 1),  dX = mixed P,  X <- X + dX + dX dX
/// with f = phi times a perceptron of the basis functions.
class TensorNetInteraction {
  public:
    /// `prefix`: "layers.0".
    TensorNetInteraction(WeightReader& weights, const TensorNetOptions& options, const std::string& prefix);

    /// [9, N, C] -> [9, N, C].
    at::Tensor evaluate(const at::Tensor& tensors, const TensorNetEdges& edges,
                        const TensorCoupling& coupling) const;

  private:
    at::Tensor radial_weights(const RadialValues& radial) const;  // [E, 3 C]

    Dense first_, second_, third_;
    PartwiseLinear before_, after_;
};

/// From tensors to invariants: the norms of I, A and S, normalised and mixed.
class TensorNetInvariants {
  public:
    TensorNetInvariants(WeightReader& weights, const TensorNetOptions& options);

    at::Tensor evaluate(const at::Tensor& tensors) const;  ///< [9, N, C] -> [N, C]

  private:
    RowNorm norm_;
    Dense mix_;
};

}  // namespace fibonaqi::nn
