// Any calculator of the Atomic Simulation Environment (ASE) as a label driver.
//
// A Python program of our own, built into the binary (ase_bridge.py), serves it: see label_protocol.hpp.
#pragma once

#include <memory>

#include "fibonaqi/label/label_driver.hpp"

namespace fibonaqi::ase {

/// Text of the bridge.
extern const char* const bridge_text;

/// Makes the driver of {"type": "ase", "calculator": "module:Class", ...}. Relative paths ("setup", "files")
/// start at `base`. Throws ConfigError naming the key.
std::unique_ptr<LabelDriver> make_driver(const Json& config, const std::filesystem::path& base);

}  // namespace fibonaqi::ase
