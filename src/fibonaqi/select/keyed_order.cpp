#include "fibonaqi/select/keyed_order.hpp"

#include <algorithm>
#include <utility>

#include "fibonaqi/base/rng.hpp"

namespace fibonaqi {

std::vector<std::uint64_t> keyed_order(std::vector<std::uint64_t> ids, const OrderKey& key) {
    std::vector<std::pair<std::uint64_t, std::uint64_t>> keyed;
    keyed.reserve(ids.size());
    for (const std::uint64_t id : ids) {
        keyed.emplace_back(KeyedRng(key.seed, key.purpose, key.cycle, id).bits(), id);
    }
    std::sort(keyed.begin(), keyed.end());
    std::transform(keyed.begin(), keyed.end(), ids.begin(), [](const auto& pair) { return pair.second; });
    return ids;
}

}  // namespace fibonaqi
