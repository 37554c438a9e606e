// Units in the names of keys: "timestep_fs" is "timestep" in fs.
#pragma once

#include <optional>
#include <string>

namespace fibonaqi {

/// A key's name in two parts. `unit` is empty when the name ends with no unit that is known here.
struct KeyName {
    std::string stem, unit;
};

/// Takes the longest unit that fits: "max_force_eV_per_A" is "max_force" in "eV_per_A".
KeyName split_unit(const std::string& key);

/// Factor from one unit to another of the same quantity (ps to fs: 1000); empty for different quantities or
/// units that are not known.
std::optional<double> unit_factor(const std::string& from, const std::string& to);

}  // namespace fibonaqi
