// What a TorchScript file does not say about the potential in it: the description that the user writes.
#pragma once

#include <string>
#include <string_view>

#include "fibonaqi/base/config_schema.hpp"
#include "fibonaqi/model/tensor_file.hpp"

namespace fibonaqi {

/// Key of hyperparameters: path of the last layer's weight inside the module, such as "readout.weight".
inline constexpr const char* script_last_layer = "last_layer";

/// Keys of a description, with types, ranges, defaults and help.
const ConfigSchema& script_description_schema();

/// The model of a TorchScript file and its description, before any weight was looked at: card and program,
/// no other tensors. `source` names the TorchScript file, `name` the description in messages. The card's
/// dtype is a guess until the module was loaded. Throws ConfigError listing every problem of the description
/// with its line: unknown keys, unknown elements, an energy for an element that is not listed.
ModelFile described_script(std::string_view program, const std::string& source, std::string_view description,
                           const std::string& name);

/// The description that makes the same model again of an exported TorchScript file.
Json description_of(const ModelCard& card);

}  // namespace fibonaqi
