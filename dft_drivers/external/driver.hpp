// Any program that speaks JSON lines on stdin and stdout as a label driver: docs/drivers.md.
#pragma once

#include <memory>

#include "fibonaqi/label/label_driver.hpp"

namespace fibonaqi::external {

/// Makes the driver of {"type": "external", "command": [...], ...}. Relative paths (a program or an argument
/// that names a file beside the configuration, "files") start at `base`. Throws ConfigError naming the key.
std::unique_ptr<LabelDriver> make_driver(const Json& config, const std::filesystem::path& base);

}  // namespace fibonaqi::external
