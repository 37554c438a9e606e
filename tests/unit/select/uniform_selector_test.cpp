#include "fibonaqi/select/uniform_selector.hpp"

#include <algorithm>
#include <map>
#include <set>

#include <gtest/gtest.h>

#include "tests/unit/select/test_rows.hpp"

namespace fibonaqi {
namespace {

TEST(UniformSelector, works_without_features) {
    const at::Tensor none = at::empty({30, 0}, at::kDouble);
    const Selection selection = UniformSelector().select(none, test::request_for(30, 7));
    EXPECT_EQ(selection.picks.size(), 7u);
    EXPECT_DOUBLE_EQ(selection.picks[0].score, 1.0 / 30.0);
    EXPECT_EQ(selection.picks[0].residual, 1.0);
}

// All 10 pairs of 5 are equally likely: chi^2 with 9 degrees of freedom passes 27.9 once in 1000; seeds are
// fixed.
TEST(UniformSelector, takes_every_pair_equally_often) {
    const at::Tensor none = at::empty({5, 0}, at::kDouble);
    constexpr int draws = 5000;
    std::map<std::set<std::uint64_t>, int> counts;
    for (std::uint64_t seed = 0; seed < draws; ++seed) {
        const auto ids = test::ids_of(UniformSelector().select(none, test::request_for(5, 2, seed)));
        ++counts[{ids.begin(), ids.end()}];
    }
    ASSERT_EQ(counts.size(), 10u);
    double sum = 0.0;
    for (const auto& [picks, count] : counts) {
        sum += (count - draws / 10.0) * (count - draws / 10.0) / (draws / 10.0);
    }
    EXPECT_LT(sum, 27.9);
}

}  // namespace
}  // namespace fibonaqi
