// Frames of a comparison: those to choose from, and those to measure on.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "fibonaqi/atoms/frame.hpp"

#include "workflows/cli/compare_file.hpp"

namespace fibonaqi::cli {

/// Every frame has energy and forces.
struct ComparePool {
    std::vector<Frame> pool, test;
    std::vector<std::string> groups;  ///< of each frame of the pool; empty where there are none
};

/// Reads the files of the plan, and draws the test frames where none are given: a share of every group, by a
/// key that is the same in every run, so that no frame is ever in both. Throws ConfigError for frames without
/// labels, a group that no frame has, and a pool that is too small for the rounds asked for.
ComparePool read_compare_pool(const ComparePlan& plan);

/// Superbatch of a line, as its batch and ratio say [frames].
std::size_t superbatch_of(const CompareLine& line);

}  // namespace fibonaqi::cli
