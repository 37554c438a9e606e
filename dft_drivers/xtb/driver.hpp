// The program xtb as a label driver: GFN1-xTB and GFN2-xTB for molecules. Keys and measurements: README.md.
//
// Written against 6.5.1 (Debian 12), which gives no gradients for periodic structures.
#pragma once

#include <memory>

#include "fibonaqi/label/label_driver.hpp"

namespace fibonaqi::xtb {

/// Makes the driver of {"type": "xtb", ...}. A relative path of the program starts at `base`. Throws
/// ConfigError naming the key.
std::unique_ptr<LabelDriver> make_driver(const Json& config, const std::filesystem::path& base);

}  // namespace fibonaqi::xtb
