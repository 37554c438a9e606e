// NWChem (7.0, Gaussian DFT) as a label driver: {"type": "nwchem", ...}; README.md has the keys.
//
// Molecules only. Its output has a "Total DFT energy" for unconverged runs, too: a label is accepted by what
// the program stored about convergence.
#pragma once

#include <filesystem>
#include <memory>

#include "fibonaqi/label/label_driver.hpp"

namespace fibonaqi::nwchem {

/// The driver of a configuration; relative paths in it start at `base`. Throws ConfigError "driver.key: ...".
std::unique_ptr<LabelDriver> make_driver(const Json& config, const std::filesystem::path& base);

}  // namespace fibonaqi::nwchem
