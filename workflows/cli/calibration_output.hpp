// What the commands say about how well spreads tell errors.
#pragma once

#include <string>

#include "fibonaqi/base/json.hpp"

namespace fibonaqi::cli {

/// A table to stdout: one row for energies, one for forces. `calibrations` has "energy" and "forces", each as
/// to_json of model/calibration.hpp writes it, or null.
void print_calibration(const Json& calibrations);

/// Writes one HTML page that opens offline: errors against spreads, of energies and of forces, with the line
/// of perfect calibration. `title` is its heading.
void write_calibration_page(const std::string& path, const Json& calibrations, const std::string& title);

}  // namespace fibonaqi::cli
