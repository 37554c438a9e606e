// The loss of every single structure: what strategies go by that want the frames that are learned worst.
#pragma once

#include <span>
#include <vector>

#include "fibonaqi/nn/sample_gradients.hpp"

namespace fibonaqi::nn {

/// L_i of every structure at the network's present weights, in their order; conventions of the loss as in
/// loss_gradients(). About the cost of energies and forces. A structure without labels that the loss uses
/// has 0. Throws ModelError for an element that the card lacks.
std::vector<double> frame_losses(const Network& network, std::span<const AtomGraph> graphs,
                                 std::span<const Labels> labels, const GradientOptions& options);

}  // namespace fibonaqi::nn
