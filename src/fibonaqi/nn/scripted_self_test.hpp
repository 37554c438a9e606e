// A user's TorchScript potential is tried before it is used: a program may compute anything, and wrong
// derivatives are silent.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "fibonaqi/nn/scripted_network.hpp"

namespace fibonaqi::nn {

/// The network of a model of the architecture "torchscript". In this order: the program must be trusted
/// (ModelError with the command to run), is loaded in float64, passes self_test, and is loaded again in the
/// wanted precision, whose energies must agree. Costs about fifty evaluations of six atoms.
std::unique_ptr<ScriptedNetwork> load_scripted_network(const ModelFile& model,
                                                       const at::TensorOptions& options);

/// Throws ModelError naming the check and its numbers:
///   forces        the negative differences of the energy, as far as these are exact
///   order         other numbers of the atoms change nothing else
///   independence  structures of a batch do not feel each other
///   lone atom     one atom without neighbours has a finite energy
///   last layer    the energy is linear in it, with the features that were derived (last_layer_features)
///   samples       gradients of each structure's loss with respect to it are differences of the loss
///   training      gradients of the loss with respect to all weights are differences of the loss
/// Translations need no check: the program sees vectors between atoms only. `network` is of float64.
void self_test(const ScriptedNetwork& network);

/// What is not wrong but not as physics has it, one sentence each: an energy that a rotation or reflection
/// changes, a jump of the energy where a neighbour leaves through the cutoff.
std::vector<std::string> physical_concerns(const Network& network);

}  // namespace fibonaqi::nn
