// Options that `features` and `select` share, and the part of a worker task that they make.
#pragma once

#include <string>
#include <vector>

#include "fibonaqi/base/json.hpp"

namespace CLI {
class App;
}

namespace fibonaqi::cli {

/// Model, data, kind of features and loss.
struct FeatureArguments {
    std::string model, data;
    std::vector<std::string> kinds{"loss_gradient"};  ///< NAME or NAME=WEIGHT
    std::string last_layer = "final";
    bool is_per_atom = false;
    std::size_t directions = 32;
    bool is_normalised = false;
    double clip_norm = 0.0;  ///< 0: no clipping
    std::string loss = "weighted";
    double huber_delta = 0.01;
    double energy_weight = 1.0;
    double force_weight = 100.0;
    double stress_weight = 0.0;
    std::string force_normalisation = "per_structure";
    bool fit_e0 = false;
    std::string dtype = "float64";
    std::size_t chunk = 5;
    std::size_t threads = 1;
};

/// Declares --kind, what is done to rows, the loss and its weights, --dtype, --chunk and --threads.
void add_feature_options(CLI::App& command, FeatureArguments& arguments);

/// Task record of fibonaqi-worker with the keys above. Paths become absolute. Throws ConfigError for a weight
/// that is no number.
Json feature_task(const std::string& task, const FeatureArguments& arguments);

/// Adds what is done to rows, also to stored ones: "normalise_rows" and "clip_norm".
void add_row_keys(Json& task, const FeatureArguments& arguments);

/// The path of an existing file made absolute; any other text (the name of an installed model) as it is.
std::string file_or_name(const std::string& given);

/// A path as the worker wants it: absolute.
std::string absolute(const std::string& path);

}  // namespace fibonaqi::cli
