// CP2K (Quickstep, GPW) as a label driver: single points of crystals and molecules with forces and stress.
//
// Written against 2023.1 (Debian 12). Its exit code is 0 for unconverged runs and for those out of time, with
// energies and forces printed: a label is accepted by what the output says about convergence.
#pragma once

#include <memory>

#include "fibonaqi/label/label_driver.hpp"

namespace fibonaqi::cp2k {

/// Reads the configuration {"type": "cp2k", ...}; errors as options_from_json. The fingerprint holds the text
/// of every configured basis set and pseudopotential, but not scf_method, max_scf and paths.
std::unique_ptr<LabelDriver> make_driver(const Json& config, const std::filesystem::path& base);

}  // namespace fibonaqi::cp2k
