// The structure of a MACE: names and shapes of its weights and constants, for models that are made here.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "fibonaqi/base/json.hpp"
#include "fibonaqi/model/irreps.hpp"
#include "fibonaqi/model/named_shapes.hpp"

namespace fibonaqi {

/// The lengths that all shapes follow from. All layers are residual interactions of equal correlation, the
/// last readout is nonlinear: as MACE-MP-0 and the defaults of mace-torch.
struct MaceLayout {
    std::int64_t elements = 0;                            ///< of the card
    std::int64_t channels = 16;                           ///< C of hidden_irreps "Cx0e+Cx1o+..."
    int hidden_order = 0;                                 ///< highest l of hidden_irreps, 0..2
    int max_ell = 3;                                      ///< highest l of harmonics and messages, 0..4
    int correlation = 3;                                  ///< body order - 1 of the products, 1..4
    int layers = 2;                                       ///< num_interactions
    std::int64_t bessel_functions = 8;                    ///< num_bessel
    int envelope_power = 5;                               ///< num_polynomial_cutoff
    std::vector<std::int64_t> radial_widths{64, 64, 64};  ///< radial_MLP
    std::int64_t readout_width = 16;                      ///< d of MLP_irreps "dx0e"

    /// C channels of each l = 0..highest, of natural parity.
    Irreps irreps_to(int highest) const;
    /// Features that a layer takes in and hands on: scalars at both ends of the network.
    Irreps features_before(int layer) const { return irreps_to(layer == 0 ? 0 : hidden_order); }
    Irreps features_after(int layer) const { return irreps_to(layer + 1 == layers ? 0 : hidden_order); }
    std::string last_layer() const;  ///< name of the weight that gives energies
};

/// All trainable tensors under the names of mace-torch, in its order. Linear maps are flat
/// (nn/irreps_linear.hpp), matrices of radial networks [in, out], those of products [elements, paths, C].
std::vector<NamedShape> mace_parameters(const MaceLayout& layout);

/// The constants beside them: coupling tensors (contraction_basis.hpp), float64, and wave numbers
/// n pi / cutoff [1/angstrom].
TensorMap mace_buffers(const MaceLayout& layout, double cutoff);

/// Hyperparameters of a card (mace_import.hpp) but for scale and average neighbours.
Json mace_hyperparameters(const MaceLayout& layout, double cutoff);

}  // namespace fibonaqi
