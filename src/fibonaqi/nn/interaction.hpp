// Message passing: from the features of the neighbours to the density around each atom.
#pragma once

#include <optional>

#include <ATen/ATen.h>

#include "fibonaqi/nn/edge_coupling.hpp"
#include "fibonaqi/nn/environment.hpp"
#include "fibonaqi/nn/irreps_linear.hpp"
#include "fibonaqi/nn/mace_options.hpp"
#include "fibonaqi/nn/radial.hpp"
#include "fibonaqi/nn/weight_reader.hpp"

namespace fibonaqi::nn {

/// The interaction blocks of MACE, "RealAgnostic[Density][Residual]InteractionBlock":
///   A_(lm) c (i) = linear_l( sum over edges j -> i and paths of R_p c (r_ij) (h_c (j) x Y (r_ij))_(lm) ) / n
/// with h = linear_up(features), R from the radial network and x the coupling of EdgeCoupling. n is the
/// average number of neighbours, or 1 + sum over edges of tanh(d(radial)^2) with a learnt d (density blocks).
/// The residual blocks leave A as it is and hand on skip = features times a matrix of the element, to be
/// added after the product; the plain ones multiply A by such matrices and have no skip.
class Interaction {
  public:
    Interaction(WeightReader& weights, const MaceOptions& options, int layer);

    struct Output {
        at::Tensor density;  ///< [(max_ell + 1)^2, N, C]
        BlockFeatures skip;  ///< of the features after this layer, as far as those before it have their l;
                             ///< empty for the plain blocks
    };
    Output evaluate(const NodeFeatures& features, const Environment& environment) const;

  private:
    BlockFeatures messages(const NodeFeatures& features, const Environment& environment) const;
    BlockFeatures skip(const NodeFeatures& features, const Environment& environment) const;

    InteractionOptions options_;
    IrrepsLinear up_;
    EdgeCoupling coupling_;
    RadialNetwork radial_;
    std::optional<RadialNetwork> density_;
    IrrepsLinear linear_;
    ElementLinear skip_;
};

}  // namespace fibonaqi::nn
