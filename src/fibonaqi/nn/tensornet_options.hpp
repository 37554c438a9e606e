// Hyperparameters of a TensorNet, checked.
#pragma once

#include <cstdint>

#include "fibonaqi/model/model_card.hpp"

namespace fibonaqi::nn {

/// How a distance becomes numbers.
enum class TensorNetBasis {
    smooth_bessel,  ///< combinations of spherical Bessel functions that end smoothly at the cutoff
    gaussian        ///< exp(-width (r - centre)^2)
};

/// What defines a TensorNet in the form of matgl. Names in comments are the keys of
/// ModelCard::hyperparameters, which are those of matgl's class (model/matgl_import.hpp lists them).
struct TensorNetOptions {
    double cutoff = 0.0;                                   ///< cutoff [angstrom]
    std::int64_t channels = 0;                             ///< units: C
    int layers = 0;                                        ///< nblocks: interactions after the embedding
    TensorNetBasis basis = TensorNetBasis::smooth_bessel;  ///< rbf_type and use_smooth
    std::int64_t basis_functions = 0;                      ///< max_n (Bessel) or num_rbf (Gaussian): K
    double width = 0.0;                                    ///< width of the Gaussians [1/angstrom^2]
    bool is_parity_kept =
        true;  ///< equivariance_invariance_group "O(3)": mirror images are alike; else "SO(3)"
    bool is_summed_at_source = false;  ///< messages_at "src": directions and pairs of elements begin at the
                                       ///< atom that receives messages; "dst": they end there
    double scale = 1.0;                ///< scale: of the interaction energy [eV]
    std::int64_t elements = 0;         ///< number of species of the card
};

/// Throws ModelError naming the hyperparameter that is missing or senseless, or the feature of TensorNet that
/// this program does not have (exit code usage: the file is sound).
TensorNetOptions tensornet_options_from(const ModelCard& card);

}  // namespace fibonaqi::nn
