// What a model promises: read before, and without, any of its weights.
#pragma once

#include <string>
#include <vector>

#include "fibonaqi/base/json.hpp"

namespace fibonaqi {

/// Stored as JSON under the key "fibonaqi" of the metadata of a model file (*.safetensors).
struct ModelCard {
    std::string name;           ///< for people, e.g. "mace-mp-0-small"
    std::string architecture;   ///< "mace", "nequip", "tensornet", "m3gnet", "torchscript"
    Json hyperparameters;       ///< of the architecture; the network code alone interprets them
    std::vector<int> species;   ///< atomic numbers, in the order of the network's element index
    std::vector<double> e0;     ///< reference energy per species [eV], float64 always
    double cutoff = 0.0;        ///< [angstrom]
    int layers = 1;             ///< message-passing layers: the range is layers * cutoff
    std::string dtype;          ///< of the stored network weights: "float32" or "float64"
    std::string parent_sha256;  ///< file this one was trained from, or empty
    Json provenance;            ///< source, licence, citation, training settings and results
    Json uncertainty;           ///< calibration of the last-layer posterior, or null

    static constexpr int newest_version = 1;
};

Json to_json(const ModelCard& card);

/// Checks every field. Throws ModelError naming `source`.
ModelCard model_card_from_json(const Json& record, const std::string& source);

/// Several lines for people: architecture, elements, cutoff, dtype, parameters, licence, lineage.
std::string describe(const ModelCard& card);

}  // namespace fibonaqi
