#include "fibonaqi/select/superbatch.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <string>

#include "fibonaqi/base/contract.hpp"
#include "fibonaqi/base/error.hpp"
#include "fibonaqi/select/keyed_order.hpp"

namespace fibonaqi {
namespace {

constexpr double relative_tolerance = 1e-9;

std::string number(double value) {
    char text[32];
    std::snprintf(text, sizeof text, "%.12g", value);
    return text;
}

std::string allowed(std::size_t batch, double omega) {
    return number(static_cast<double>(batch) / omega) + " (superbatch of " + number(omega) + ")";
}

}  // namespace

SuperbatchSize superbatch_size(std::size_t batch, double ratio) {
    if (batch == 0) {
        throw ConfigError("batch is 0 (nothing would be selected) use a batch of at least 1");
    }
    if (!(ratio > 0.0 && ratio <= 1.0)) {
        throw ConfigError("ratio is " + number(ratio) +
                          " (it must be above 0 and at most 1) use for example " +
                          allowed(batch, 10.0 * static_cast<double>(batch)));
    }
    const double omega = static_cast<double>(batch) / ratio;
    const double whole = std::round(omega);
    if (omega > 1e9) {
        throw ConfigError("ratio is " + number(ratio) +
                          " (a superbatch of more than 1e9 frames) use a larger one");
    }
    if (std::abs(omega - whole) > relative_tolerance * omega) {
        throw ConfigError("ratio " + number(ratio) + " with batch " + std::to_string(batch) +
                          " gives a superbatch of " + number(omega) +
                          " frames (must be a whole number) use ratio " + allowed(batch, std::floor(omega)) +
                          " or " + allowed(batch, std::ceil(omega)));
    }
    return {batch, static_cast<std::size_t>(whole)};
}

std::vector<std::vector<std::uint64_t>> draw_superbatches(const std::vector<std::uint64_t>& ids,
                                                          std::size_t superbatch, std::uint64_t seed,
                                                          std::uint64_t cycle) {
    FIBONAQI_EXPECT(superbatch > 0);
    const std::vector<std::uint64_t> order = keyed_order(ids, {seed, "superbatches", cycle});
    std::vector<std::vector<std::uint64_t>> cut;
    for (std::size_t begin = 0; begin < order.size(); begin += superbatch) {
        const std::size_t end = std::min(order.size(), begin + superbatch);
        cut.emplace_back(order.begin() + static_cast<std::ptrdiff_t>(begin),
                         order.begin() + static_cast<std::ptrdiff_t>(end));
    }
    return cut;
}

std::size_t selected_of_tail(std::size_t n, const SuperbatchSize& size) {
    FIBONAQI_EXPECT(size.superbatch >= size.batch && size.batch > 0);
    const double share =
        static_cast<double>(n) * static_cast<double>(size.batch) / static_cast<double>(size.superbatch);
    return std::min(n, std::max<std::size_t>(1, static_cast<std::size_t>(std::llround(share))));
}

}  // namespace fibonaqi
