// Samples of fixed size with given inclusion probabilities: what unbiased weights rest on.
#pragma once

#include <cstdint>
#include <vector>

#include "fibonaqi/select/keyed_order.hpp"

namespace fibonaqi {

/// pi_i = min(1, c w_i) with sum `count`: proportional to the weights, except that nobody is certain more
/// than once. Where at most `count` weights are above 0, these have 1 and the others 0. Weights must be
/// finite and not negative.
std::vector<double> inclusion_probabilities(const std::vector<double>& weights, std::size_t count);

/// Places of `count` different samples, each of which is drawn with exactly its probability: systematic
/// sampling (Madow, Ann. Math. Stat. 20 (1949) 333) along a random order that belongs to the ids.
/// `probabilities` as above and with sum `count`; a sample of probability 0 is never drawn, so there may be
/// fewer where the sum is smaller.
std::vector<std::size_t> draw_by_inclusion(const std::vector<double>& probabilities,
                                           const std::vector<std::uint64_t>& ids, const OrderKey& key);

}  // namespace fibonaqi
