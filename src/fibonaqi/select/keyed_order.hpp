// Random orders that belong to sample ids, not to places in a list.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace fibonaqi {

/// What a random order depends on, besides the ids themselves.
struct OrderKey {
    std::uint64_t seed;
    std::string_view purpose;  ///< keeps the orders of different uses independent
    std::uint64_t cycle;
};

/// The ids in random order: every one gets 64 keyed bits, the smallest come first. The order of the input has
/// no influence, and leaving ids out does not change the order of the others.
std::vector<std::uint64_t> keyed_order(std::vector<std::uint64_t> ids, const OrderKey& key);

}  // namespace fibonaqi
