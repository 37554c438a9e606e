// What pw.x knows: the keys of its namelists, and which of them belong to the driver.
#pragma once

#include <map>
#include <string>
#include <vector>

namespace fibonaqi::quantum_espresso {

/// Keys of a namelist that a user may set (pw.x 6.7 to 7.x; INPUT_PW.html). Indexed ones without brackets.
const std::vector<std::string>& known_keys(const std::string& namelist);

/// Keys that the driver sets itself -> why a user may not.
const std::map<std::string, std::string>& owned_keys();

}  // namespace fibonaqi::quantum_espresso
