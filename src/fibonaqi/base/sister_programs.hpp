// Where the programs of this project are that others of it start.
#pragma once

#include <string>
#include <vector>

namespace fibonaqi {

/// Absolute path of a sister program: beside the running executable, else on PATH. Throws Error.
std::string sister_program(const std::string& name);

/// A message for each program that a campaign needs and that is not there. Empty: all are there.
std::vector<std::string> missing_sister_programs();

}  // namespace fibonaqi
