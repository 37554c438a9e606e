// Settings of the rows that a strategy compares, and of its options: the same in a training and in a choice
// of candidates. Without LibTorch.
#pragma once

#include <string>
#include <vector>

#include "fibonaqi/base/config_schema.hpp"
#include "fibonaqi/base/json.hpp"

namespace fibonaqi {

/// Rows last_layer, normalise_rows and clip_norm of `section`.
std::vector<ConfigKey> row_keys(const std::string& section);

/// Where keys of row_keys() contradict each other. `values`: the section with all defaults; `pointer`: its
/// place.
std::vector<ConfigProblem> row_problems(const Json& values, const std::string& pointer);

/// Where the section's "options" are none of its "strategy", as check_strategy finds them.
std::vector<ConfigProblem> strategy_problems(const Json& values, const std::string& pointer);

}  // namespace fibonaqi
