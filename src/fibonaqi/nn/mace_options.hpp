// Hyperparameters of a MACE network, checked.
#pragma once

#include <cstdint>
#include <vector>

#include "fibonaqi/model/irreps.hpp"
#include "fibonaqi/model/model_card.hpp"

namespace fibonaqi::nn {

/// Form of the messages of one layer.
struct InteractionOptions {
    bool is_residual = false;        ///< a skip around the product instead of one element matrix more in it
    bool has_density = false;        ///< messages are divided by 1 + a learnt density of the neighbourhood
    double average_neighbors = 1.0;  ///< avg_num_neighbors: divisor of the messages without has_density
};

enum class ReadoutKind { linear, nonlinear, nonlinear_bias };

/// What defines a MACE network. Names in comments are the keys of ModelCard::hyperparameters
/// (model/mace_import.hpp lists them).
struct MaceOptions {
    double cutoff = 0.0;                           ///< r_max [angstrom]
    std::int64_t bessel_functions = 0;             ///< num_bessel
    int envelope_power = 0;                        ///< num_polynomial_cutoff: p of the polynomial envelope
    bool is_agnesi = false;                        ///< distance_transform "Agnesi"
    bool has_pair_repulsion = false;               ///< pair_repulsion: ZBL
    int max_ell = 0;                               ///< highest l of spherical harmonics and messages, 0..4
    std::int64_t channels = 0;                     ///< C of hidden_irreps "Cx0e+Cx1o+..."
    int hidden_order = 0;                          ///< highest l of hidden_irreps, 0..2
    std::vector<int> correlation;                  ///< per layer: body order - 1 of the products, 1..4
    std::vector<InteractionOptions> interactions;  ///< one per layer
    std::vector<std::int64_t> radial_widths;       ///< radial_MLP: hidden layers of the radial network
    ReadoutKind readout = ReadoutKind::nonlinear;  ///< of the last layer
    std::int64_t readout_width = 0;                ///< d of MLP_irreps "dx0e"; of linear: C
    bool is_last_readout_only = false;             ///< use_last_readout_only: no readouts of earlier layers
    double scale = 1.0;                            ///< of the interaction energy [eV]
    double shift = 0.0;                            ///< per atom [eV]
    std::vector<int> species;                      ///< atomic numbers of the card

    int layers() const { return static_cast<int>(interactions.size()); }
    std::int64_t elements() const { return static_cast<std::int64_t>(species.size()); }
    /// C channels of each l = 0..highest, of natural parity.
    Irreps irreps_to(int highest) const;
    /// Features that a layer takes in and hands on: scalars at both ends of the network.
    Irreps features_before(int layer) const { return irreps_to(layer == 0 ? 0 : hidden_order); }
    Irreps features_after(int layer) const { return irreps_to(layer + 1 == layers() ? 0 : hidden_order); }
};

/// Throws ModelError naming the hyperparameter that is missing or senseless, or the feature of MACE that this
/// program does not have (exit code usage: the file is sound).
MaceOptions mace_options_from(const ModelCard& card);

}  // namespace fibonaqi::nn
