// The runs of a comparison: choose, train, measure, round by round.
#pragma once

#include <cstdint>

#include "fibonaqi/base/json.hpp"

#include "workflows/cli/compare_file.hpp"
#include "workflows/cli/compare_pool.hpp"

namespace fibonaqi::cli {

/// Errors of the model before any training, as the task `evaluate`, and the runs of every line:
/// {"initial", "lines": [{"name", "strategy", "select", "runs": [...]}]}; see "Comparison" in
/// docs/formats.md. A run is kept in OUTPUT/runs when it is done, under the hash of all that decides it, and
/// not made again. In one seed, all lines have the same superbatch in the first round, the same starting
/// model and the same seed of the training. Throws as the worker does.
Json run_comparison(const ComparePlan& plan, const ComparePool& frames);

}  // namespace fibonaqi::cli
