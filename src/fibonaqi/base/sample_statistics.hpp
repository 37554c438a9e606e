// A few numbers each about a few measurements: seeds of a training, controls of a campaign.
#pragma once

#include <cstddef>
#include <optional>
#include <span>

#include "fibonaqi/base/json.hpp"

namespace fibonaqi {

/// Of one or more values, in their unit.
struct Spread {
    double mean = 0.0, lowest = 0.0, highest = 0.0;
    std::optional<double> standard_deviation;  ///< of the sample (n - 1); a single value has none
    std::optional<double> standard_error;      ///< of the mean; likewise
};

/// `values` must not be empty.
Spread spread_of(std::span<const double> values);

/// {"mean", "standard_deviation" (or null), "lowest", "highest"}.
Json to_json(const Spread& spread);

/// Most pairs that the exact test counts through: 2^20 choices of signs.
constexpr std::size_t most_sign_flip_pairs = 20;

/// Two-sided p-value of the mean of 1 to most_sign_flip_pairs paired differences: the share of all choices of
/// their signs whose mean is at least as far from 0 (Fisher's randomisation test, exact). It assumes nothing
/// about the law of the differences, and cannot go below sign_flip_floor.
double sign_flip_p(std::span<const double> differences);

/// The smallest p-value that so many pairs can give, 2^(1-n): 0.0625 for 5, 0.03125 for 6.
double sign_flip_floor(std::size_t pairs);

}  // namespace fibonaqi
