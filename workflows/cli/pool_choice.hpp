// Which frames of a file are worth a label: the settings and the task that `fibonaqi upscale` and
// `fibonaqi compare` share.
#pragma once

#include <string>
#include <vector>

#include "fibonaqi/base/config_schema.hpp"
#include "fibonaqi/base/json.hpp"

namespace fibonaqi::cli {

/// Rows of `section`, without its own: those of a choice among candidates, and `labels`, what loss_gradient
/// takes for the labels of a frame: the pool's own, or draws of the posterior.
std::vector<ConfigKey> pool_choice_keys(const std::string& section);

/// Task `select` of docs/formats.md on the file `pool`: one superbatch, without "seed", "threads" and
/// "output". `select` are the values of the section. `labelled` is a file of frames that have labels of the
/// kind that is wanted, or null; it is named only where strategy or posterior look at it.
Json pool_choice_task(const Json& select, const std::string& pool, const Json& model, const Json& labelled);

}  // namespace fibonaqi::cli
