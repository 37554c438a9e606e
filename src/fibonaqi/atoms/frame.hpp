// A structure with everything that an extxyz frame says about it.
#pragma once

#include <map>
#include <string>
#include <variant>
#include <vector>

#include "fibonaqi/atoms/labels.hpp"
#include "fibonaqi/atoms/structure.hpp"

namespace fibonaqi {

/// A value of the comment line: logical, integer, real, text, or a vector of reals (matrices row by row).
using InfoValue = std::variant<bool, long, double, std::string, std::vector<double>>;

/// One frame. `labels` holds energy, forces and stress under whichever keys they came; `info` the rest of the
/// comment line; `arrays` further real-valued per-atom columns, n_atoms x width, row by row.
struct Frame {
    Structure structure;
    Labels labels;
    std::map<std::string, InfoValue> info;
    std::map<std::string, std::vector<double>> arrays;
};

}  // namespace fibonaqi
