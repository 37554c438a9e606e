// Turns a pickled MACE model (torch.save of the whole Python object, `.model`) into a model file of this
// project.
//
// No Python, no LibTorch, and nothing of the file is executed. The result carries everything that a network
// needs: weights and buffers (U matrices too) under their MACE names, and hyperparameters:
//   model, interaction, interaction_first   class names, for example ScaleShiftMACE
//   r_max [angstrom], num_bessel, num_polynomial_cutoff, max_ell, correlation (of all layers, or a list),
//   num_interactions, n_heads (1: the head that was kept), head (its name, where there were several)
//   hidden_irreps ("128x0e", "8x0e+8x1o"), MLP_irreps ("16x0e"), radial_MLP ([64, 64, 64]), gate ("silu")
//   readout (class of the last one), use_last_readout_only
//   scale [eV], shift [eV], avg_num_neighbors_per_layer, avg_num_neighbors (the first of them)
//   distance_transform ("None", "Agnesi", "Soft"), pair_repulsion (true: ZBL), last_layer, parameters (names
//   of the trainable tensors, in MACE's order), n_parameters
// Options that this project's network lacks are recorded all the same: the network refuses them by name.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "fibonaqi/model/import_options.hpp"

namespace fibonaqi {

/// Reads and converts. Throws FileError; ModelError (exit code refused) for a file that is damaged, hostile
/// or no MACE model; ModelError (exit code usage) for an element that the model lacks.
ModelFile import_mace(const std::filesystem::path& file, const ImportOptions& options);

/// The same from the bytes of such a file; `source` is used in messages and as the name of the source.
ModelFile import_mace(std::string_view bytes, const std::string& source, const ImportOptions& options);

/// Keeps only `species` (any order; the result is sorted by atomic number). Energies stay what they were:
/// MACE divides the node embedding by sqrt(number of elements), and skip_tp too, so both weights are
/// multiplied by sqrt(n_new / n_old); the weights of the products are only sliced. Throws ModelError (usage)
/// for an element that the model lacks.
void keep_species(ModelFile& model, const std::vector<int>& species);

}  // namespace fibonaqi
