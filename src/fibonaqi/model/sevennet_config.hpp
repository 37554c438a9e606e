// What the "config" of a SevenNet checkpoint says, checked.
#pragma once

#include <string>
#include <vector>

#include "fibonaqi/base/json.hpp"
#include "fibonaqi/model/nequip_layout.hpp"

namespace fibonaqi {

struct SevennetConfig {
    NequipLayout layout;
    std::vector<int> species;       ///< atomic numbers, in the order of the network's element index
    double cutoff = 0.0;            ///< [angstrom]
    Json cutoff_function;           ///< hyperparameters of nequip_options.hpp
    bool has_sorted_paths = false;  ///< weights of paths in the order of NequipLayout::paths; else (before
                                    ///< version 0.11) by input block, order of harmonics, order of output
};

/// Throws ModelError naming `source` and the key (exit code refused) for what SevenNet does not write, and
/// ModelError (exit code usage) for an option that the network here lacks.
SevennetConfig sevennet_config_from(const Json& config, const std::string& source);

}  // namespace fibonaqi
