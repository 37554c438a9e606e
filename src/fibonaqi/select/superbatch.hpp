// Superbatches: omega samples drawn at random, of which a selector takes beta.
#pragma once

#include <cstdint>
#include <vector>

namespace fibonaqi {

/// beta samples of every superbatch of omega = beta / r are selected.
struct SuperbatchSize {
    std::size_t batch;       ///< beta
    std::size_t superbatch;  ///< omega
};

/// omega = beta / r, which must be an integer (to 1e-9 relative). Throws ConfigError naming the nearest
/// ratios that are allowed for this beta, for r outside (0, 1] and for beta = 0.
SuperbatchSize superbatch_size(std::size_t batch, double ratio);

/// The n samples in random order, cut into superbatches; the last one may be smaller (see selected_of_tail).
/// Keyed by (seed, cycle): the same call gives the same cut.
std::vector<std::vector<std::uint64_t>> draw_superbatches(const std::vector<std::uint64_t>& ids,
                                                          std::size_t superbatch, std::uint64_t seed,
                                                          std::uint64_t cycle);

/// How many samples to select from a last superbatch of n < omega: the same share, rounded, at least 1.
std::size_t selected_of_tail(std::size_t n, const SuperbatchSize& size);

}  // namespace fibonaqi
