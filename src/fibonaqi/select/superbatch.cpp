#include "fibonaqi/select/superbatch.hpp"

#include <algorithm>
#include <cmath>

#include "fibonaqi/base/contract.hpp"
#include "fibonaqi/select/keyed_order.hpp"

namespace fibonaqi {

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
