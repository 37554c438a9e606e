// Which frames of a file are worth a label: the settings and the task that `fibonaqi upscale` and
// `fibonaqi compare` share.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "fibonaqi/base/config_schema.hpp"
#include "fibonaqi/base/json.hpp"

namespace fibonaqi::cli {

/// Rows of `section`, without its own: those of a choice among candidates, and `labels`, what loss_gradient
/// takes for the labels of a frame: the pool's own, draws of the posterior, or predictions of other models.
std::vector<ConfigKey> pool_choice_keys(const std::string& section);

/// What the table cannot say of values that came out of its check: see candidate_choice_problems, and models
/// that are missing or given for nothing. `pointer` is the place of the section.
std::vector<ConfigProblem> pool_choice_problems(const Json& values, const std::string& pointer);

/// Makes the models that the section names absolute where they are files in `folder`; others are names of
/// installed models.
void make_models_absolute(Json& select, const std::filesystem::path& folder);

/// Task `select` of docs/formats.md on the file `pool`: one superbatch, without "seed", "threads" and
/// "output". `select` are the values of the section. `labelled` is a file of frames that have labels of the
/// kind that is wanted, or null; it is named only where strategy or posterior look at it.
Json pool_choice_task(const Json& select, const std::string& pool, const Json& model, const Json& labelled);

}  // namespace fibonaqi::cli
