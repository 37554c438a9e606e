// Learning curves of one training, or of several seeds.
#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

#include "fibonaqi/base/json.hpp"

namespace fibonaqi::cli {

/// A training's result, as the worker gives it.
struct SeedResult {
    std::uint64_t seed = 0;
    Json result;
};

/// Writes NAME.csv (a row per seed and epoch) and the validation force RMSE, or the validation loss where no
/// forces are labelled, as two charts: NAME.frames.svg against effective epochs, NAME.seconds.svg against
/// wall time. Without validation frames there are no charts. Returns what was written. Throws FileError.
std::vector<std::filesystem::path> write_curves(const std::filesystem::path& name,
                                                const std::vector<SeedResult>& results);

/// A table to stdout: errors of each seed's model on the validation frames, mean and standard deviation.
void print_spread(const std::vector<SeedResult>& results);

}  // namespace fibonaqi::cli
