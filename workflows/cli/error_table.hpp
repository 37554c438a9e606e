// Errors of a model as a table for people.
#pragma once

#include "fibonaqi/base/json.hpp"

namespace fibonaqi::cli {

/// Prints RMSE and MAE of energies, forces and stresses, and of the forces on each element where there are
/// several; `errors` as the worker's `evaluate` gives them. Quantities without labels have no line.
void print_errors(const Json& errors);

}  // namespace fibonaqi::cli
