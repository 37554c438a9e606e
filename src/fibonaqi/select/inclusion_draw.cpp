#include "fibonaqi/select/inclusion_draw.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <string>

#include "fibonaqi/base/contract.hpp"
#include "fibonaqi/base/rng.hpp"

namespace fibonaqi {

std::vector<double> inclusion_probabilities(const std::vector<double>& weights, std::size_t count) {
    std::vector<double> falling(weights);
    std::sort(falling.begin(), falling.end(), std::greater<>());
    double rest = 0.0;
    for (auto weight = falling.rbegin(); weight != falling.rend(); ++weight) {
        FIBONAQI_EXPECT(std::isfinite(*weight) && *weight >= 0.0);
        rest += *weight;
    }
    // The largest are certain as long as their share of what is left to draw is one or more.
    std::size_t certain = 0;
    while (certain < std::min(count, falling.size()) && falling[certain] > 0.0 &&
           falling[certain] * static_cast<double>(count - certain) >= rest) {
        rest -= falling[certain];
        ++certain;
    }
    const double factor = certain < count && rest > 0.0 ? static_cast<double>(count - certain) / rest : 0.0;
    const double least_certain = certain > 0 ? falling[certain - 1] : INFINITY;
    std::vector<double> probabilities;
    for (const double weight : weights) {
        probabilities.push_back(weight >= least_certain ? 1.0 : std::min(1.0, factor * weight));
    }
    return probabilities;
}

std::vector<std::size_t> draw_by_inclusion(const std::vector<double>& probabilities,
                                           const std::vector<std::uint64_t>& ids, const OrderKey& key) {
    std::vector<std::size_t> drawn;
    const double start = KeyedRng(key.seed, std::string(key.purpose) + " start", key.cycle).uniform();
    double sum = 0.0;
    for (const std::uint64_t id : keyed_order(ids, key)) {
        const auto place =
            static_cast<std::size_t>(std::lower_bound(ids.begin(), ids.end(), id) - ids.begin());
        sum += probabilities[place];
        if (probabilities[place] > 0.0 && start + static_cast<double>(drawn.size()) < sum) {
            drawn.push_back(place);
        }
    }
    return drawn;
}

}  // namespace fibonaqi
