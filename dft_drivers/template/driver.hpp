// A quantum-mechanical code described by texts alone: docs in README.md of this folder.
#pragma once

#include <memory>

#include "fibonaqi/label/label_driver.hpp"

namespace fibonaqi::text_template {

/// Makes the driver of {"type": "template", ...}. Relative paths start at `base`. Throws ConfigError naming
/// the key, or file and line of a template.
std::unique_ptr<LabelDriver> make_driver(const Json& config, const std::filesystem::path& base);

}  // namespace fibonaqi::text_template
