// The file that describes a new model: its keys, and the model that it makes.
#pragma once

#include <filesystem>
#include <string_view>

#include "fibonaqi/base/config_schema.hpp"
#include "fibonaqi/model/tensor_file.hpp"

namespace fibonaqi {

/// A file for `fibonaqi model new`. Keys that are null are taken from the frames of "data".
const ConfigSchema& new_model_schema();

/// Makes the model; `text` is the content of `file`, whose folder "data" is relative to. Throws ConfigError
/// with one line per problem, FormatError and FileError for the data, and ModelError (new_model.hpp).
ModelFile new_model_from(std::string_view text, const std::filesystem::path& file);

}  // namespace fibonaqi
