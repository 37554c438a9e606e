// Hyperparameters of a NequIP, checked.
#pragma once

#include "fibonaqi/model/model_card.hpp"
#include "fibonaqi/model/nequip_layout.hpp"

namespace fibonaqi::nn {

/// How the radial functions end at the cutoff.
enum class NequipEnvelope {
    polynomial,  ///< polynomial_envelope of radial.hpp
    xplor        ///< 1 up to a distance, then down smoothly
};

/// What defines a NequIP. Names in comments are the keys of ModelCard::hyperparameters; those of the layout
/// are in nequip_hyperparameters: irreps (of the features before the first and after each layer), lmax_edge,
/// is_parity, bessel_basis_num, weight_nn_hidden_neurons, self_connection_type (of each layer).
struct NequipOptions {
    NequipLayout layout;
    double cutoff = 0.0;                                   ///< cutoff [angstrom]
    NequipEnvelope envelope = NequipEnvelope::polynomial;  ///< cutoff_function_name: "poly_cut" or "XPLOR"
    int power = 0;                                         ///< poly_cut_p_value (poly_cut)
    double onset = 0.0;                                    ///< cutoff_on [angstrom] (XPLOR)
};

/// Throws ModelError naming the hyperparameter that is missing or senseless, or the feature of NequIP that
/// this program does not have (exit code usage: the file is sound).
NequipOptions nequip_options_from(const ModelCard& card);

}  // namespace fibonaqi::nn
