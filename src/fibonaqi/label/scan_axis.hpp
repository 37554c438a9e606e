// A setting of a driver by which labels get nearer to the truth and dearer: a mesh, a cut-off, a threshold.
//
// What can be scanned, and which of two values is the denser one, is the driver's knowledge; labelling the
// same frames at each value and comparing is the same for all of them (label_noise.hpp).
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "fibonaqi/base/json.hpp"

namespace fibonaqi {

/// A driver with one setting changed.
struct ScanPoint {
    std::string value;     ///< as people write it: "0.25", "3x3x3"
    double density = 0.0;  ///< larger is nearer to the truth; means something within one axis only
    Json configuration;    ///< for make_driver, with absolute paths
};

/// One setting. Values are text, so that a mesh is one as well as a number.
struct ScanAxis {
    std::string name;  ///< "kspacing", "ecutwfc"
    std::string unit;  ///< of the values; may be empty
    std::string own;   ///< what the driver is configured with
    /// What is worth a look, from sparse to dense, at least two: its own among them.
    std::vector<std::string> values;
    /// The driver with this value. Its own gives its own configuration. Throws ConfigError for a text that is
    /// no such value; what the value is worth shows when the driver is made.
    std::function<ScanPoint(const std::string& value)> at;
};

}  // namespace fibonaqi
