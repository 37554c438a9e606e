// When and how the reference energies E0 of a network are moved to the labels.
#pragma once

#include <optional>

#include "fibonaqi/nn/e0_fit.hpp"
#include "fibonaqi/nn/labelled_set.hpp"
#include "fibonaqi/nn/network.hpp"
#include "fibonaqi/nn/train_options.hpp"

namespace fibonaqi::nn {

/// Fits E0 to the energies of these frames by least squares in float64 and gives the network the result. Logs
/// one line with the shifts, as a warning when the compositions do not determine them. Throws Error for a
/// predicted energy that is not finite.
E0Fit fit_reference_energies(Network& network, std::span<const Frame> frames,
                             std::span<const AtomGraph> graphs);

/// The same if the policy asks for it: `once` looks whether the card's provenance["e0_fit"]["elements"] names
/// every element of the frames that have an energy. Empty when nothing was fitted; labels more than 1 eV/atom
/// away from the model's energies are warned about then.
std::optional<E0Fit> apply_e0_policy(Network& network, const LabelledSet& training, E0Policy policy);

/// provenance["e0_fit"] of a model whose E0 were fitted to these frames: to_json(fit), and in "elements" also
/// those that `card` says were fitted earlier.
Json e0_provenance(const E0Fit& fit, std::span<const Frame> frames, const ModelCard& card);

}  // namespace fibonaqi::nn
