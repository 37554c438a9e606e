// Turns a checkpoint of SevenNet (a NequIP) into a model file of this project.
//
// SevenNet trains NequIP networks and saves a dict with "model_state_dict" (tensors by name) and "config"
// (plain data). The result has the architecture "nequip": the tensors that decide something under SevenNet's
// names (nequip_layout.hpp), and as hyperparameters those of nequip_hyperparameters and
//   cutoff [angstrom], cutoff_function_name ("XPLOR" with cutoff_on [angstrom], "poly_cut" with
//   poly_cut_p_value)
// The shift of every element becomes its E0. What differs between versions is made alike:
//   before 0.11 the weights of the paths of a coupling were not sorted by what they lead to;
//   where the file keeps coupling coefficients of the other sign (e3nn before 0.5), the weights of the path
//   are turned instead.
#pragma once

#include <string>
#include <string_view>

#include "fibonaqi/model/import_options.hpp"
#include "fibonaqi/model/pickle_reader.hpp"

namespace fibonaqi {

/// True for the root of a checkpoint of SevenNet.
bool is_sevennet(const PickleValue& root);

/// `source` is used in messages and as the name of the source. Throws ModelError (exit code refused) for a
/// file that is damaged, hostile or contradicts itself; ModelError (exit code usage) for a feature of
/// SevenNet that the network here lacks, and for an element that the model lacks.
ModelFile import_sevennet(std::string_view bytes, const std::string& source, const ImportOptions& options);

/// The same from the two parts of a checkpoint, its config as plain_data gives it; without a name and an
/// origin.
ModelFile nequip_from_sevennet(const Json& config, TensorMap tensors, const std::string& source);

}  // namespace fibonaqi
