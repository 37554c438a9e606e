#include "fibonaqi/base/sample_statistics.hpp"

#include <vector>

#include <gtest/gtest.h>

#include "fibonaqi/base/contract.hpp"

namespace fibonaqi {
namespace {

TEST(Spread, is_that_of_the_sample) {
    const Spread spread = spread_of(std::vector<double>{2.0, 4.0, 4.0, 4.0, 5.0, 5.0, 7.0, 9.0});
    EXPECT_DOUBLE_EQ(spread.mean, 5.0);
    EXPECT_NEAR(*spread.standard_deviation, 2.138089935299395, 1e-14);  // numpy.std(..., ddof=1)
    EXPECT_EQ(spread.lowest, 2.0);
    EXPECT_EQ(spread.highest, 9.0);
}

TEST(Spread, of_one_value_has_no_deviation) {
    EXPECT_FALSE(spread_of(std::vector<double>{3.0}).standard_deviation);
    EXPECT_TRUE(to_json(spread_of(std::vector<double>{3.0})).at("standard_deviation").is_null());
    EXPECT_THROW(spread_of({}), ContractError);
}

// scipy.stats.permutation_test(..., permutation_type='samples', n_resamples=inf) of the differences.
TEST(SignFlip, counts_the_choices_of_signs_that_are_as_far_off) {
    EXPECT_DOUBLE_EQ(sign_flip_p(std::vector<double>{1.1, -0.4, 2.3, 0.7, 1.9, -0.2}), 0.125);
    EXPECT_DOUBLE_EQ(sign_flip_p(std::vector<double>{-3.0, -1.0, -4.0, -1.5, -9.2}), 0.0625);
}

TEST(SignFlip, cannot_go_below_its_floor) {
    EXPECT_DOUBLE_EQ(sign_flip_p(std::vector<double>{1.0, 2.0, 3.0, 4.0, 5.0}), 0.0625);
    EXPECT_DOUBLE_EQ(sign_flip_floor(5), 0.0625);
    EXPECT_DOUBLE_EQ(sign_flip_floor(8), 0.0078125);
}

TEST(SignFlip, sees_nothing_in_differences_that_cancel_or_are_none) {
    EXPECT_DOUBLE_EQ(sign_flip_p(std::vector<double>{0.1, -0.1, 0.2, -0.2}), 1.0);
    EXPECT_DOUBLE_EQ(sign_flip_p(std::vector<double>{0.0, 0.0}), 1.0);
    EXPECT_DOUBLE_EQ(sign_flip_p(std::vector<double>{0.3}), 1.0);
}

TEST(SignFlip, refuses_more_pairs_than_it_can_count_through) {
    EXPECT_THROW(sign_flip_p(std::vector<double>(21, 1.0)), ContractError);
}

}  // namespace
}  // namespace fibonaqi
