// The one list of label drivers that are built in.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "fibonaqi/label/label_driver.hpp"

namespace fibonaqi {

/// Values of "type" that make_driver knows.
std::vector<std::string> driver_types();

/// Makes the driver that `config` ("type" and its settings) describes. Relative paths start at `base`.
/// Throws ConfigError naming the key; for an unknown type with the nearest known one.
std::unique_ptr<LabelDriver> make_driver(const Json& config, const std::filesystem::path& base);

}  // namespace fibonaqi
