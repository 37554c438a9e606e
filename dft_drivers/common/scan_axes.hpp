// Axes of a scan (label/scan_axis.hpp) that several drivers have: numbers of a configuration, and meshes.
#pragma once

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
    std::string follower = "";  ///< pointer of a number that keeps its ratio to this one, where it is given
};

/// `configuration` is that of the driver, and has the number.
ScanAxis number_axis(const Json& configuration, const NumberScan& scan);

/// The k-points of a plane-wave code, out of its keys "kpoints" or "kspacing_per_A", and "kpoint_shift" (in
/// which `half_step` means half a step of the mesh). Axis "kpoints" has values such as "3x3x3", axis
/// "kspacing" numbers [1/angstrom]. A letter behind a value sets the shift: "s", by half a step in all
/// directions; "g", none. Without one it stays what it is. Spacings that give `example` the same mesh are
/// proposed once.
ScanAxis mesh_axis(const Json& configuration, const Structure& example, const Json& half_step);

}  // namespace fibonaqi
