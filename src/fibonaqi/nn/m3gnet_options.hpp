// Hyperparameters of an M3GNet, checked.
#pragma once

#include "fibonaqi/model/m3gnet_layout.hpp"
#include "fibonaqi/model/model_card.hpp"

namespace fibonaqi::nn {

/// What defines an M3GNet in the form of matgl. Names in comments are the keys of ModelCard::hyperparameters,
/// which are those of matgl's class (model/matgl_import.hpp lists them).
struct M3GNetOptions {
    M3GNetSizes sizes;
    double cutoff = 0.0;             ///< cutoff [angstrom]: of the bonds
    double three_body_cutoff = 0.0;  ///< threebody_cutoff [angstrom]: of the bonds that form angles
    double scale = 1.0;              ///< scale: of the interaction energy [eV]
    /// messages_at "src": the atom at which angles are measured receives the messages of its bonds; "dst":
    /// the atom at the other end does.
    bool is_summed_at_angles = true;
};

/// Throws ModelError naming the hyperparameter that is missing or senseless, or the feature of M3GNet that
/// this program does not have (exit code usage: the file is sound).
M3GNetOptions m3gnet_options_from(const ModelCard& card);

}  // namespace fibonaqi::nn
