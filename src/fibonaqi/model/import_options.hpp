// What a user may ask of the import of a foreign model.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "fibonaqi/model/tensor_file.hpp"

namespace fibonaqi {

/// What to make of the file. An option that a kind of model knows nothing of is refused by its reader.
struct ImportOptions {
    std::string name = {};                 ///< of the card; empty: the file's name without its extension
    std::string head = {};                 ///< the one to keep, of a model with several
    std::vector<int> species = {};         ///< atomic numbers to keep; empty: all
    std::optional<TensorType> dtype = {};  ///< of the trainable weights, float32 or float64; empty: as stored
    Json provenance = Json::object();      ///< licence, citation ...; source and source_sha256 are added
};

}  // namespace fibonaqi
