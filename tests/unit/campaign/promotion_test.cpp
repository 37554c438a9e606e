#include "fibonaqi/campaign/promotion.hpp"

#include <cmath>
#include <limits>

#include <gtest/gtest.h>

#include "fibonaqi/base/contract.hpp"

namespace fibonaqi {
namespace {

constexpr double tolerance = 0.02;

TEST(Promotion, takes_what_is_better) {
    const Verdict verdict = judge({{0.09, 0.04}, {0.01, 0.01}}, tolerance);
    EXPECT_TRUE(verdict.is_promoted);
    EXPECT_NEAR(verdict.rise, -0.055, 1e-15);
}

TEST(Promotion, refuses_what_is_worse_on_every_frame) {
    EXPECT_FALSE(judge({{0.010, 0.012, 0.011}, {0.020, 0.022, 0.021}}, tolerance).is_promoted);
}

// Three solid frames three times better, one molten frame a little worse: the mean has risen, but one frame
// says so.
TEST(Promotion, does_not_let_one_frame_outweigh_the_others) {
    const Verdict verdict = judge({{0.003, 0.003, 0.003, 0.080}, {0.001, 0.001, 0.001, 0.100}}, tolerance);
    EXPECT_GT(verdict.rise, 0.0);
    EXPECT_TRUE(verdict.is_promoted);
}

TEST(Promotion, compares_frame_by_frame) {
    // The same two sets of numbers; frame by frame each got worse by the same amount, or they changed places.
    EXPECT_FALSE(judge({{0.01, 0.05, 0.09}, {0.02, 0.06, 0.10}}, tolerance).is_promoted);
    EXPECT_TRUE(judge({{0.01, 0.05, 0.09}, {0.10, 0.06, 0.02}}, tolerance).is_promoted);
}

TEST(Promotion, knows_its_standard_error) {
    // Differences 1, 2, 3: deviation 1, of the mean 1 / sqrt(3).
    const Verdict verdict = judge({{0, 0, 0}, {1, 2, 3}}, tolerance);
    EXPECT_NEAR(verdict.rise, 2.0, 1e-15);
    EXPECT_NEAR(verdict.standard_error, 1.0 / std::sqrt(3.0), 1e-15);
    EXPECT_FALSE(verdict.is_promoted);
}

TEST(Promotion, tolerates_a_small_rise) {
    // 1 % of the RMSE is 2.01 % of its square.
    EXPECT_TRUE(judge({{1.0, 1.0}, {1.0201, 1.0201}}, tolerance).is_promoted);
    EXPECT_FALSE(judge({{1.0, 1.0}, {1.0610, 1.0610}}, tolerance).is_promoted);
    EXPECT_FALSE(judge({{1.0}, {1.0610}}, tolerance).is_promoted) << "one frame has no scatter";
}

TEST(Promotion, never_takes_a_model_without_numbers) {
    const double nan = std::numeric_limits<double>::quiet_NaN();
    EXPECT_FALSE(judge({{0.1, 0.1, 0.1}, {0.01, nan, 0.01}}, tolerance).is_promoted);
    EXPECT_FALSE(judge({{0.1}, {nan}}, tolerance).is_promoted);
}

TEST(Promotion, has_nothing_to_judge_by_without_frames) {
    EXPECT_TRUE(judge({}, tolerance).is_promoted);
}

TEST(Promotion, wants_pairs) {
    const PairedErrors odd{{0.1}, {}};
    EXPECT_THROW((void)judge(odd, tolerance), ContractError);
}

}  // namespace
}  // namespace fibonaqi
