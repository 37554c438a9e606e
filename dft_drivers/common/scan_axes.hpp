// Axes of a scan (label/scan_axis.hpp) that several drivers have: numbers and words of a configuration, and
// meshes.
#pragma once

#include <array>
#include <functional>
#include <string>
#include <vector>

#include "fibonaqi/atoms/structure.hpp"
#include "fibonaqi/label/scan_axis.hpp"

namespace fibonaqi {

/// A number of a driver's configuration that can be scanned.
struct NumberScan {
    std::string name, unit;
    std::string pointer;          ///< where it stands in the configuration: "/input/system/ecutwfc"
    std::vector<double> factors;  ///< times its own value, from sparse to dense; 1 among them
    bool is_denser_when_larger = true;
    double lowest = 0.0, highest = 1.0e300;  ///< what the driver takes: nothing beyond is proposed
    /// Pointers of numbers that keep their ratio to this one, where they are given.
    std::vector<std::string> followers = {};
};

/// `configuration` is that of the driver, and has the number.
ScanAxis number_axis(const Json& configuration, const NumberScan& scan);

/// A word of a configuration that can be scanned: how fine a grid is, by its name.
struct WordScan {
    std::string name;
    std::string pointer;             ///< where it stands in the configuration
    std::vector<std::string> words;  ///< all that the driver takes, from sparse to dense
};

/// Proposed are its own word and up to two on either side.
ScanAxis word_axis(const Json& configuration, const WordScan& scan);

/// Axis "kpoints" of a code whose meshes cannot be shifted: `with` writes a mesh into a configuration.
ScanAxis plain_mesh_axis(
    const Json& configuration, const std::array<int, 3>& own,
    const std::function<void(Json& configuration, const std::array<int, 3>& mesh)>& with);

/// The k-points of a plane-wave code, out of its keys "kpoints" or "kspacing_per_A", and "kpoint_shift" (in
/// which `half_step` means half a step of the mesh). Axis "kpoints" has values such as "3x3x3", axis
/// "kspacing" numbers [1/angstrom]. A letter behind a value sets the shift: "s", by half a step in all
/// directions; "g", none. Without one it stays what it is. Spacings that give `example` the same mesh are
/// proposed once.
ScanAxis mesh_axis(const Json& configuration, const Structure& example, const Json& half_step);

}  // namespace fibonaqi
