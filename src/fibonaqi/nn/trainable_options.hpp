// Settings of what a fine-tuning moves: which weights are held, and low-rank updates. Without LibTorch.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "fibonaqi/base/config_schema.hpp"
#include "fibonaqi/base/json.hpp"

namespace fibonaqi::nn {

/// Weights that stay as they are: those of the first `layers` layers (Network::layers), and those whose
/// names fit a pattern (name_pattern.hpp).
struct FreezeOptions {
    std::size_t layers = 0;
    std::vector<std::string> patterns = {};
};

/// Low-rank updates of matrices instead of the matrices; see Parametrisation.
struct LoraOptions {
    std::size_t rank = 0;  ///< 0 = off
    double alpha = 0.0;    ///< the update is alpha / rank times A B
};

struct TrainableOptions {
    FreezeOptions freeze;
    LoraOptions lora;
};

/// Rows of the sections "freeze" and "lora".
std::vector<ConfigKey> trainable_keys();

/// From training settings with all defaults.
TrainableOptions trainable_options_from_json(const Json& settings);

}  // namespace fibonaqi::nn
