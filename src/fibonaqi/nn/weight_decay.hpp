// Which weights are pulled towards zero by weight decay.
#pragma once

#include <string>

namespace fibonaqi::nn {

/// True when a parameter, by its stored name, decays. For "mace" as mace-torch groups them
/// (get_params_options in mace/tools/scripts_utils.py): the products and, of the interactions, the linear
/// layers behind the messages and the full skip connections; neither embedding, radial networks nor readouts.
/// Other architectures: all but biases, since their original trainers have no groups, and a bias has nothing
/// to keep small.
bool decays(const std::string& architecture, const std::string& parameter);

}  // namespace fibonaqi::nn
