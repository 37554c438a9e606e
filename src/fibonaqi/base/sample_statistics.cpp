#include "fibonaqi/base/sample_statistics.hpp"

#include <algorithm>
#include <cmath>

#include "fibonaqi/base/contract.hpp"

namespace fibonaqi {

Spread spread_of(std::span<const double> values) {
    FIBONAQI_EXPECT(!values.empty());
    const auto n = static_cast<double>(values.size());
    Spread spread;
    for (const double value : values) {
        spread.mean += value;
    }
    spread.mean /= n;
    double squares = 0.0;
    for (const double value : values) {
        squares += (value - spread.mean) * (value - spread.mean);
    }
    if (values.size() > 1) {
        spread.standard_deviation = std::sqrt(squares / (n - 1.0));
        spread.standard_error = std::sqrt(squares / (n - 1.0) / n);
    }
    spread.lowest = *std::min_element(values.begin(), values.end());
    spread.highest = *std::max_element(values.begin(), values.end());
    return spread;
}

Json to_json(const Spread& spread) {
    return {
        {"mean", spread.mean},
        {"standard_deviation", spread.standard_deviation ? Json(*spread.standard_deviation) : Json(nullptr)},
        {"lowest", spread.lowest},
        {"highest", spread.highest}};
}

double sign_flip_p(std::span<const double> differences) {
    FIBONAQI_EXPECT(!differences.empty() && differences.size() <= most_sign_flip_pairs);
    const auto sum_with = [&](std::size_t flipped) {
        double sum = 0.0;
        for (std::size_t i = 0; i < differences.size(); ++i) {
            sum += (flipped >> i & 1u) != 0 ? -differences[i] : differences[i];
        }
        return std::abs(sum);
    };
    double scale = 0.0;
    for (const double difference : differences) {
        scale += std::abs(difference);
    }
    // Sums that are equal but for rounding count as equal.
    const double observed = sum_with(0) - 1e-12 * scale;
    const std::size_t choices = std::size_t{1} << differences.size();
    std::size_t as_far = 0;
    for (std::size_t flipped = 0; flipped < choices; ++flipped) {
        as_far += sum_with(flipped) >= observed ? 1 : 0;
    }
    return static_cast<double>(as_far) / static_cast<double>(choices);
}

double sign_flip_floor(std::size_t pairs) {
    return std::ldexp(1.0, 1 - static_cast<int>(pairs));
}

}  // namespace fibonaqi
