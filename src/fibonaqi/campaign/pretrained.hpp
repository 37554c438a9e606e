// What a campaign does so that its model stays good at what the starting model was good at.
#pragma once

#include <filesystem>
#include <string>

#include "fibonaqi/campaign/workplace.hpp"

namespace fibonaqi {

/// Adds the keys "replay", "forgetting" and "initial_model" to the task of a training in `folder`, where the
/// configuration asks for them, and writes the frames to be replayed: those of the user's file, then
/// pretrained.md_frames of the test set's walkers that are not in the test set, evenly spread.
void add_pretrained(const Workplace& place, const std::filesystem::path& folder, Json& task);

/// Whether the worker's "forgetting" of a training (null: nothing was measured) is an alarm.
bool is_alarming(const Json& forgetting);

/// Whether it keeps a model from being promoted. Says an alarm in the log.
bool keeps_from_promotion(const Workplace& place, const Json& forgetting);

/// Force RMSE on the frames of the pretrained domain [eV/angstrom] out of "forgetting"; `model` is "initial",
/// "before" or "after". Null where nothing was measured.
Json pretrained_force_rmse(const Json& forgetting, const std::string& model);

}  // namespace fibonaqi
