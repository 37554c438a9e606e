// ABINIT (9.6 and later) as a label driver: {"type": "abinit", ...}; README.md has the keys.
#pragma once

#include <filesystem>
#include <memory>

#include "fibonaqi/label/label_driver.hpp"

namespace fibonaqi::abinit {

/// The driver of a configuration; relative paths in it start at `base`. Throws ConfigError "driver.key: ...".
std::unique_ptr<LabelDriver> make_driver(const Json& config, const std::filesystem::path& base);

}  // namespace fibonaqi::abinit
