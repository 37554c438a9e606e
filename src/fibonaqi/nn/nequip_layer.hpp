// The parts of a NequIP: what distances become, and one layer.
#pragma once

#include <variant>

#include <ATen/ATen.h>

#include "fibonaqi/nn/environment.hpp"
#include "fibonaqi/nn/gate.hpp"
#include "fibonaqi/nn/irreps_linear.hpp"
#include "fibonaqi/nn/nequip_options.hpp"
#include "fibonaqi/nn/radial.hpp"
#include "fibonaqi/nn/weight_reader.hpp"

namespace fibonaqi::nn {

/// 1 up to r = onset, then (c^2 - r^2)^2 (c^2 + 2 r^2 - 3 o^2) / (c^2 - o^2)^3 down to 0 at the cutoff c,
/// with a continuous first derivative (Mei et al., J. Phys. Chem. 95, 4167 (1991), as CHARMM and X-PLOR
/// switch off). Any shape, [angstrom].
at::Tensor xplor_envelope(const at::Tensor& length, double onset, double cutoff);

/// (2/r_c) sin(k_n r)/r f(r), n = 1..K: Bessel functions with wave numbers k_n that are trained, under an
/// envelope f. (The factor of Gasteiger et al., arXiv:2003.03123, eq. 7, is sqrt(2/r_c); NequIP has 2/r_c.)
class NequipRadial {
  public:
    NequipRadial(WeightReader& weights, const NequipOptions& options);

    at::Tensor evaluate(const at::Tensor& length) const;  ///< r: [E], positive -> [E, K]

  private:
    at::Tensor wave_numbers_;  // [K] [1/angstrom]
    NequipOptions options_;
};

/// One layer of NequIP (Batzner et al., Nat. Commun. 13, 2453 (2022), fig. 1):
///   h <- gate( S h + L2 ( sum over edges j -> i and paths of R_p(r_ij) (L1 h_j x Y(-r_ij)) ) / n )
/// with linear maps L1, L2 and S (the self connection, for all elements or for each), R from the radial
/// network, x the coupling of EdgeCoupling, and n a constant near the square root of the number of neighbours
/// times a few. Y is of the direction from the receiver to the sender.
class NequipLayer {
  public:
    NequipLayer(WeightReader& weights, const NequipLayout& layout, std::size_t layer);

    /// Features after the layer; environment.harmonics of the directions to the senders.
    BlockFeatures evaluate(const NodeFeatures& features, const Environment& environment) const;

  private:
    NequipLayer(WeightReader& weights, const NequipLayout& layout, std::size_t layer, const Gate& gate,
                const EdgeCoupling& coupling);
    BlockFeatures self_connection(const NodeFeatures& features, const Environment& environment) const;

    Gate gate_;
    EdgeCoupling coupling_;
    std::variant<IrrepsLinear, ElementLinear> self_;
    IrrepsLinear before_;   // L1
    RadialNetwork radial_;  // R
    IrrepsLinear after_;    // L2
    double divisor_;        // n
};

}  // namespace fibonaqi::nn
