#include "fibonaqi/select/keyed_draw.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include <ATen/Parallel.h>

#include "fibonaqi/base/contract.hpp"

namespace fibonaqi {
namespace {

constexpr double never = std::numeric_limits<double>::infinity();
constexpr std::ptrdiff_t first_look = 64;  // rows to look at first; a bound is seldom tighter than a tenth
constexpr std::int64_t grain = 1024;       // a draw costs 50 ns: less work than this is not worth a thread

}  // namespace

KeyedDraw::KeyedDraw(const std::vector<std::uint64_t>& ids, const OrderKey& key)
    : chance_(ids.size()), waiting_(ids.size()) {
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
                chance_[row] = -std::log(noise_[row].uniform());
                waiting_[row] = weights[row] > 0.0 ? chance_[row] / weights[row] : never;
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

std::optional<std::size_t> KeyedDraw::bounded(const std::vector<double>& bounds,
                                              const std::function<double(std::size_t)>& weight) {
    wait(bounds);
    std::vector<std::size_t> rows(waiting_.size());
    std::iota(rows.begin(), rows.end(), std::size_t{0});
    const auto is_sooner = [&](std::size_t a, std::size_t b) {
        return waiting_[a] != waiting_[b] ? waiting_[a] < waiting_[b] : a < b;
    };
    std::optional<std::size_t> first;
    double shortest = never;
    auto begin = rows.begin();
    for (std::ptrdiff_t some = first_look; begin != rows.end(); some *= 4) {
        const auto end = begin + std::min(some, rows.end() - begin);
        std::partial_sort(begin, end, rows.end(), is_sooner);
        for (; begin != end; ++begin) {
            if (waiting_[*begin] >= shortest) {
                return first;
            }
            const double exact = weight(*begin);
            const double waiting = exact > 0.0 ? chance_[*begin] / exact : never;
            if (waiting < shortest) {
                first = *begin;
                shortest = waiting;
            }
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
