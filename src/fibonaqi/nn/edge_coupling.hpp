// Messages: features of the senders coupled with the spherical harmonics of the edges, summed at receivers.
#pragma once

#include <memory>
#include <vector>

#include <ATen/ATen.h>

#include "fibonaqi/model/coupling_paths.hpp"
#include "fibonaqi/nn/coupling_form.hpp"

namespace fibonaqi::nn {

/// One tensor [2l + 1, atoms, channels] per block of Irreps.
using BlockFeatures = std::vector<at::Tensor>;

/// The tensor product with one weight per edge, path and channel ("uvu" of e3nn, each component of unit
/// variance for inputs of unit variance):
///   y_(m3) c (i) = sum over edges e -> i of w_p c (e) sqrt(2 l3 + 1) sum over m1, m2 of
///                  C[m1, m2, m3] h_(m1) c (source of e) Y_(m2) (e)
/// with C = wigner_3j(l1, l2, l3).
class EdgeCoupling {
  public:
    /// `paths` in the order of the weights. Contract: each is allowed, and its l at most max_ell.
    EdgeCoupling(const Irreps& features, int max_ell, const std::vector<CouplingPath>& paths);

    /// As coupled_irreps says.
    const Irreps& outputs() const { return outputs_; }
    /// Weights of an edge: the channels of all paths, one path after the other.
    std::int64_t weights() const { return form_->weights_width; }

    /// harmonics [E, (max_ell + 1)^2], weights [E, weights()], features as BlockFeatures with ends.rows rows
    /// -> blocks of outputs() with ends.atoms rows. Differentiable in all three, any number of times.
    BlockFeatures evaluate(const at::Tensor& harmonics, const at::Tensor& weights,
                           const BlockFeatures& features, const EdgeEnds& ends) const;

  private:
    Irreps outputs_;
    std::shared_ptr<const CouplingForm> form_;
};

}  // namespace fibonaqi::nn
