// Linear maps of features in the convention of e3nn: no bias, divided by the square root of the fan-in.
//
// Features of order l have 2l + 1 components, which are mapped alike: only channels of one irrep mix.
#pragma once

#include <string>
#include <vector>

#include <ATen/ATen.h>

#include "fibonaqi/model/coupling_paths.hpp"
#include "fibonaqi/nn/edge_coupling.hpp"
#include "fibonaqi/nn/element_groups.hpp"
#include "fibonaqi/nn/weight_reader.hpp"

namespace fibonaqi::nn {

/// x W / sqrt(C): [..., C] with a flat weight of C * C_out numbers ([in, out]) -> [..., C_out].
at::Tensor mix_channels(const at::Tensor& features, const at::Tensor& weight);

/// Every output block is the sum over the input blocks of its irrep, each times its matrix, divided by the
/// square root of the number of their channels together ("Linear" of e3nn). An output block without input of
/// its irrep is zero.
class IrrepsLinear {
  public:
    /// Reads `name`: the flat matrices [in, out], input block outermost.
    IrrepsLinear(WeightReader& weights, const std::string& name, const Irreps& in, const Irreps& out);

    /// [2l + 1, N, channels] per block of `in` -> the same per block of `out`, divided by `divisor` at no
    /// cost per atom.
    BlockFeatures evaluate(const BlockFeatures& features, double divisor = 1.0) const;

  private:
    Irreps out_;
    std::vector<LinearPart> parts_;
    at::Tensor weight_;
};

/// The same with matrices of its own for every element ("FullyConnectedTensorProduct" of e3nn with the
/// elements as one-hot scalars; "skip_tp" of MACE): divided by the root of the number of elements too.
class ElementLinear {
  public:
    /// Reads `name`: flat [in, elements, out] for every pair of blocks, input block outermost.
    ElementLinear(WeightReader& weights, const std::string& name, const Irreps& in, const Irreps& out,
                  std::int64_t elements);

    /// Every atom's features times the matrix of its element.
    BlockFeatures evaluate(const BlockFeatures& features, const ElementGroups& groups) const;
    /// For features that depend on the element alone: row k, [2l + 1, K, channels], is that of the k-th
    /// present element.
    BlockFeatures evaluate_rows(const BlockFeatures& features, const ElementGroups& groups) const;

  private:
    at::Tensor matrices(const LinearPart& part, const ElementGroups& groups) const;  // [K, in, out]
    template <typename Map>
    BlockFeatures map_blocks(const BlockFeatures& features, const Map& map) const;

    Irreps out_;
    std::vector<LinearPart> parts_;
    std::int64_t elements_;
    at::Tensor weight_;
};

}  // namespace fibonaqi::nn
