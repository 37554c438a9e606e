// Settings of what keeps a fine-tuned model good at what it could before: replay, and the alarm. Without
// LibTorch.
#pragma once

#include <string>
#include <vector>

#include "fibonaqi/base/config_schema.hpp"
#include "fibonaqi/base/json.hpp"

namespace fibonaqi::nn {

/// Whose labels frames of the pretrained domain get: those of the initial model (then the file needs none),
/// or those in the file, which must be of the level of theory that the initial model was trained on.
enum class PretrainedLabels { model, file };

/// Frames of the pretrained domain in every batch.
struct ReplayOptions {
    double share = 0.0;  ///< of the frames of a batch
    PretrainedLabels labels = PretrainedLabels::model;
};

/// When forgetting is worth an alarm: the force RMSE on frames of the pretrained domain is above both
/// `factor` times that of the initial model, and `tolerated_force_rmse` [eV/angstrom].
struct ForgettingOptions {
    double factor = 0.0;
    double tolerated_force_rmse = 0.0;
    PretrainedLabels labels = PretrainedLabels::model;
};

/// Rows of the sections "replay" and "forgetting".
std::vector<ConfigKey> pretrained_keys();

/// From training settings with all defaults; settings of a campaign older than these sections have the
/// defaults of the table.
ReplayOptions replay_options_from_json(const Json& settings);
ForgettingOptions forgetting_options_from_json(const Json& settings);

}  // namespace fibonaqi::nn
