// Superbatches: omega samples drawn at random, of which a selector takes beta.
#pragma once

#include <cstdint>
#include <vector>

#include "fibonaqi/base/superbatch_size.hpp"

namespace fibonaqi {

/// The n samples in random order, cut into superbatches; the last one may be smaller (see selected_of_tail).
/// Keyed by (seed, cycle): the same call gives the same cut.
std::vector<std::vector<std::uint64_t>> draw_superbatches(const std::vector<std::uint64_t>& ids,
                                                          std::size_t superbatch, std::uint64_t seed,
                                                          std::uint64_t cycle);

/// How many samples to select from a superbatch of n <= omega: beta of a whole one, of a smaller last one the
/// same share, rounded, at least 1.
std::size_t selected_of_tail(std::size_t n, const SuperbatchSize& size);

}  // namespace fibonaqi
