// Turns a TensorNet or M3GNet potential of matgl into a model file of this project.
//
// matgl keeps a model as a folder: model.json (its classes and their arguments), state.pt (the state dict, a
// torch archive of tensors by name) and model.pt (the arguments again; not needed). The same state dict as
// state.safetensors does as well. The hyperparameters of the result are the arguments of matgl's class that
// decide something, under their names:
//   TensorNet  units, nblocks, rbf_type, use_smooth, max_n, num_rbf, width [1/angstrom^2], activation_type,
//              cutoff [angstrom], equivariance_invariance_group
//   M3GNet     dim_node_embedding, dim_edge_embedding, units, nblocks, rbf_type, use_smooth, max_n, max_l,
//              activation_type, cutoff, threebody_cutoff [angstrom]
// and scale [eV] (matgl's data_std), last_layer, parameters, n_parameters. The element references of matgl
// become E0. Weight and bias of the last linear layer become one tensor (gated_layout.hpp).
//
// One more is messages_at: which atom of an edge, "src" or "dst", receives its messages. matgl has summed
// them at the first since version 2.2 (TensorNet) or 3.0 (M3GNet), at the other before (docs/changes.md
// there); weights are good for the one that they were trained with.
#pragma once

#include <filesystem>

#include "fibonaqi/model/import_options.hpp"

namespace fibonaqi {

/// True for the folder of a matgl model, for its model.json, and for any file beside a model.json.
bool may_be_matgl(const std::filesystem::path& path);

/// `path`: the folder or one of its files. Throws FileError; ModelError (exit code refused) for a file that
/// is damaged, hostile or does not fit the description; ModelError (exit code usage) for what is no TensorNet
/// or M3GNet potential, for an element that the model lacks, and for an energy per structure (data_mean,
/// which no sum over atoms gives back).
ModelFile import_matgl(const std::filesystem::path& path, const ImportOptions& options);

}  // namespace fibonaqi
