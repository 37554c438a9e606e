#include "fibonaqi/select/superbatch.hpp"

#include <algorithm>
#include <cmath>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fibonaqi/base/error.hpp"

namespace fibonaqi {
namespace {

std::string message_of(std::size_t batch, double ratio) {
    try {
        (void)superbatch_size(batch, ratio);
        return "";
    } catch (const ConfigError& error) {
        return error.what();
    }
}

std::vector<std::uint64_t> numbers(std::size_t count) {
    std::vector<std::uint64_t> ids(count);
    for (std::size_t i = 0; i < count; ++i) {
        ids[i] = 3 * i + 1;
    }
    return ids;
}

TEST(Superbatch, size_is_batch_over_ratio) {
    EXPECT_EQ(superbatch_size(10, 0.1).superbatch, 100u);
    EXPECT_EQ(superbatch_size(29, 0.29).superbatch, 100u);  // 29 / 0.29 = 100.00000000000001 in doubles
    EXPECT_EQ(superbatch_size(3, 1.0).superbatch, 3u);
    EXPECT_EQ(superbatch_size(10, 1.0 / 3.0).superbatch, 30u);
}

TEST(Superbatch, a_ratio_that_gives_no_whole_number_names_the_nearest_that_do) {
    const std::string message = message_of(10, 0.3);
    EXPECT_THAT(message, testing::HasSubstr("0.30303030303 "));
    EXPECT_THAT(message, testing::HasSubstr("0.294117647059 "));
    EXPECT_THAT(message, testing::HasSubstr("33.3333"));
    EXPECT_EQ(superbatch_size(10, 0.30303030303).superbatch, 33u);  // what was suggested is accepted
    EXPECT_EQ(superbatch_size(10, 0.294117647059).superbatch, 34u);
}

TEST(Superbatch, refuses_ratios_outside_0_to_1_and_an_empty_batch) {
    for (const double ratio : {0.0, -0.1, 1.5, std::nan(""), 1e-30}) {
        EXPECT_NE(message_of(10, ratio), "") << ratio;
    }
    EXPECT_NE(message_of(0, 0.1), "");
}

TEST(Superbatch, every_sample_is_in_exactly_one_superbatch) {
    const auto cut = draw_superbatches(numbers(57), 20, 4, 2);
    ASSERT_EQ(cut.size(), 3u);
    EXPECT_EQ(cut[0].size(), 20u);
    EXPECT_EQ(cut[2].size(), 17u);
    std::set<std::uint64_t> seen;
    for (const auto& superbatch : cut) {
        seen.insert(superbatch.begin(), superbatch.end());
    }
    const auto ids = numbers(57);
    EXPECT_EQ(seen, std::set<std::uint64_t>(ids.begin(), ids.end()));
}

TEST(Superbatch, the_cut_depends_on_seed_and_cycle_and_not_on_the_order_of_the_samples) {
    auto reversed = numbers(40);
    std::reverse(reversed.begin(), reversed.end());
    EXPECT_EQ(draw_superbatches(numbers(40), 10, 4, 2), draw_superbatches(reversed, 10, 4, 2));
    EXPECT_NE(draw_superbatches(numbers(40), 10, 4, 2), draw_superbatches(numbers(40), 10, 4, 3));
    EXPECT_NE(draw_superbatches(numbers(40), 10, 4, 2), draw_superbatches(numbers(40), 10, 5, 2));
}

TEST(Superbatch, the_tail_gets_its_share_and_at_least_one) {
    const SuperbatchSize size{10, 100};
    EXPECT_EQ(selected_of_tail(100, size), 10u);
    EXPECT_EQ(selected_of_tail(44, size), 4u);
    EXPECT_EQ(selected_of_tail(46, size), 5u);
    EXPECT_EQ(selected_of_tail(2, size), 1u);
    EXPECT_EQ(selected_of_tail(0, size), 0u);
    EXPECT_EQ(selected_of_tail(3, {1, 1}), 3u);
}

}  // namespace
}  // namespace fibonaqi
