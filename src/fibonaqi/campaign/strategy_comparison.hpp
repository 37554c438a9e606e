// Strategies of selection against each other on one pool, seed by seed: numbers, a table, a chart, a verdict.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "fibonaqi/base/json.hpp"

namespace fibonaqi {

/// What `fibonaqi compare` found ("Comparison" in docs/formats.md), made from {"initial", "lines": [{"name",
/// "runs": [...], ...}]}: each line gets the spread of its errors after the last round, the frames chosen of
/// each group, and its differences from the first line, seed by seed, with standard error and the p-value of
/// sign_flip_p. `groups` has an entry for every frame of the pool, or none. All lines have as many runs, of
/// the same seeds, and as many rounds.
Json strategy_comparison(const Json& runs, const std::vector<std::string>& groups);

/// Whoever wins. A line is said to differ where its p-value times the number of lines that are compared
/// (Bonferroni) is at most 0.05. Where the seeds are too few to show anything it says how many would do.
std::string strategy_verdict(const Json& comparison);

/// A table in Markdown, in meV, and the verdict below.
std::string strategy_table(const Json& comparison);

/// Force errors against labels, mean and range of every line, as an .svg file.
void write_strategy_chart(const std::filesystem::path& file, const Json& comparison);

}  // namespace fibonaqi
