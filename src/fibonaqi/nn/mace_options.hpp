// Hyperparameters of a MACE network, checked.
#pragma once

#include <cstdint>
#include <vector>

#include "fibonaqi/model/model_card.hpp"

namespace fibonaqi::nn {

/// What defines a MACE network with scalar hidden features ("128x0e"). Names in comments are the keys of
/// ModelCard::hyperparameters (model/mace_import.hpp lists them).
struct MaceOptions {
    double cutoff = 0.0;                      ///< r_max [angstrom]
    std::int64_t bessel_functions = 0;        ///< num_bessel
    int envelope_power = 0;                   ///< num_polynomial_cutoff: p of the polynomial envelope
    int max_ell = 0;                          ///< highest l of spherical harmonics and messages, 0..3
    int correlation = 0;                      ///< body order - 1 of the products, 1..3
    int layers = 0;                           ///< num_interactions
    std::int64_t channels = 0;                ///< C of hidden_irreps "Cx0e"
    std::int64_t readout_width = 0;           ///< d of MLP_irreps "dx0e"
    std::vector<std::int64_t> radial_widths;  ///< radial_MLP: hidden layers of the radial network
    std::vector<double> average_neighbors;    ///< avg_num_neighbors_per_layer: divisor of the messages
    double scale = 1.0;                       ///< of the interaction energy [eV]
    double shift = 0.0;                       ///< per atom [eV]
    bool is_first_residual = false;           ///< interaction_first is the residual block
    std::int64_t elements = 0;                ///< number of species of the card

    /// Components of all l up to max_ell: (max_ell + 1)^2.
    std::int64_t components() const { return static_cast<std::int64_t>(max_ell + 1) * (max_ell + 1); }
};

/// Throws ModelError naming the hyperparameter that is missing or senseless, or the feature of MACE that this
/// program does not have (exit code usage: the file is sound).
MaceOptions mace_options_from(const ModelCard& card);

}  // namespace fibonaqi::nn
