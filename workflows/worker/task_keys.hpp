// Reading the keys of a task: every message names the key, what was found and what is wanted.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "fibonaqi/base/json.hpp"
#include "fibonaqi/nn/loss_options.hpp"

namespace fibonaqi::worker {

/// Throws ConfigError for a key of `object` that is not among `known`. `where` is its place in the task ("" =
/// top).
void check_keys(const Json& object, const std::vector<std::string>& known, const std::string& where);

/// The value of a key; with a fallback where the key is absent or null. ConfigError for a wrong type or an
/// absent key that has no fallback.
std::string text(const Json& object, const std::string& key);
std::string text(const Json& object, const std::string& key, const std::string& fallback);
double number(const Json& object, const std::string& key, double fallback);
std::size_t count(const Json& object, const std::string& key, std::size_t fallback);
bool flag(const Json& object, const std::string& key, bool fallback);

/// An object, or an empty one where the key is absent or null.
Json section(const Json& object, const std::string& key);

/// True when the key is there and not null.
bool has(const Json& object, const std::string& key);

/// The "loss" section of a task.
struct LossSection {
    nn::LossOptions options;
    bool fit_e0 = false;
};
LossSection loss_section(const Json& task);

}  // namespace fibonaqi::worker
