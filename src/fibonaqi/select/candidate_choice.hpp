// Settings of a choice among frames that have no labels yet: the same keys in every file that makes one.
// Without LibTorch.
#pragma once

#include <string>
#include <vector>

#include "fibonaqi/base/config_schema.hpp"
#include "fibonaqi/base/json.hpp"

namespace fibonaqi {

/// Rows of `section`, without its own: batch, ratio, strategy, options, features, last_layer, normalise_rows,
/// clip_norm, energy_weight, force_weight.
std::vector<ConfigKey> candidate_choice_keys(const std::string& section);

/// Strategies that need no losses, alphabetically.
std::vector<std::string> candidate_strategies();

/// What the table cannot say of values that came out of its check: no whole superbatch, options that the
/// strategy does not have, contradictions. `pointer` is the place of the section.
std::vector<ConfigProblem> candidate_choice_problems(const Json& values, const std::string& pointer);

/// Whether the strategy compares features: only then a model is needed.
bool compares_features(const Json& values);

/// Puts the keys of a worker's task `select` (docs/formats.md) into `task`: all that these settings say.
/// Labels, model, data and seeds are the caller's.
void add_candidate_choice(const Json& values, Json& task);

}  // namespace fibonaqi
