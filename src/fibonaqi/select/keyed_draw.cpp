#include "fibonaqi/select/keyed_draw.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include <ATen/Parallel.h>

#include "fibonaqi/base/contract.hpp"

namespace fibonaqi {
namespace {

constexpr double never = std::numeric_limits<double>::infinity();
constexpr std::int64_t grain = 1024;  // a draw costs 50 ns: less work than this is not worth a thread

}  // namespace

KeyedDraw::KeyedDraw(const std::vector<std::uint64_t>& ids, const OrderKey& key) : waiting_(ids.size()) {
    noise_.reserve(ids.size());
    for (const std::uint64_t id : ids) {
        noise_.emplace_back(key.seed, key.purpose, key.cycle, id);
    }
}

void KeyedDraw::wait(const std::vector<double>& weights) {
    FIBONAQI_EXPECT(weights.size() == noise_.size());
    at::parallel_for(
        0, static_cast<std::int64_t>(weights.size()), grain, [&](std::int64_t a, std::int64_t b) {
            for (auto row = static_cast<std::size_t>(a); row < static_cast<std::size_t>(b); ++row) {
                const double uniform = noise_[row].uniform();
                waiting_[row] = weights[row] > 0.0 ? -std::log(uniform) / weights[row] : never;
            }
        });
}

std::optional<std::size_t> KeyedDraw::operator()(const std::vector<double>& weights) {
    wait(weights);
    std::optional<std::size_t> first;
    for (std::size_t row = 0; row < waiting_.size(); ++row) {
        if (waiting_[row] < (first ? waiting_[*first] : never)) {
            first = row;
        }
    }
    return first;
}

std::vector<std::size_t> KeyedDraw::several(const std::vector<double>& weights, std::size_t count) {
    wait(weights);
    std::vector<std::size_t> rows;
    for (std::size_t row = 0; row < waiting_.size(); ++row) {
        if (waiting_[row] < never) {
            rows.push_back(row);
        }
    }
    std::stable_sort(rows.begin(), rows.end(),
                     [&](std::size_t a, std::size_t b) { return waiting_[a] < waiting_[b]; });
    rows.resize(std::min(rows.size(), count));
    return rows;
}

}  // namespace fibonaqi
