#include "fibonaqi/select/orthogonal_pursuit.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/select/test_rows.hpp"

namespace fibonaqi {
namespace {

using test::Rows;

OrthogonalPursuit pursuit_of(const Rows& rows) {
    return {test::to_tensor(rows), std::vector<bool>(rows.size(), true)};
}

void expect_weights(const OrthogonalPursuit& pursuit, const std::vector<double>& expected) {
    const std::vector<double> weights = pursuit.weights();
    ASSERT_EQ(weights.size(), expected.size());
    for (std::size_t i = 0; i < expected.size(); ++i) {
        EXPECT_NEAR(weights[i], expected[i], 1e-14) << "row " << i;  // a few roundings of numbers near 1
    }
}

constexpr double first_residual = 22.0 / 25.0;

TEST(OrthogonalPursuit, gives_the_exact_weights_of_the_first_hand_worked_order) {
    OrthogonalPursuit pursuit = pursuit_of(test::hand_worked_rows());
    expect_weights(pursuit, {9 / 5., 6 / 5., 6 / 5., 2 / 5., 1 / 5.});
    ASSERT_TRUE(pursuit.take(0));
    expect_weights(pursuit, {0, 6 / 5., 3 / 5., 2 / 5., 2 / 5.});
    EXPECT_NEAR(pursuit.relative_residual() * first_residual, 13 / 25., 1e-14);
    ASSERT_TRUE(pursuit.take(2));
    expect_weights(pursuit, {0, 0, 0, 2 / 5., 2 / 5.});
    EXPECT_NEAR(pursuit.relative_residual() * first_residual, 4 / 25., 1e-14);
    ASSERT_TRUE(pursuit.take(4));
    expect_weights(pursuit, {0, 0, 0, 0, 0});
    EXPECT_NEAR(pursuit.relative_residual(), 0.0, 1e-28);
}

TEST(OrthogonalPursuit, gives_the_exact_weights_of_the_second_hand_worked_order) {
    OrthogonalPursuit pursuit = pursuit_of(test::hand_worked_rows());
    ASSERT_TRUE(pursuit.take(2));
    expect_weights(pursuit, {0, 0, 0, 2 / 5., 2 / 5.});
    EXPECT_NEAR(pursuit.relative_residual() * first_residual, 4 / 25., 1e-14);
    ASSERT_TRUE(pursuit.take(0));
    expect_weights(pursuit, {0, 0, 0, 2 / 5., 2 / 5.});
    EXPECT_NEAR(pursuit.relative_residual() * first_residual, 4 / 25., 1e-14);
    ASSERT_TRUE(pursuit.take(3));
    expect_weights(pursuit, {0, 0, 0, 0, 0});
}

TEST(OrthogonalPursuit, starts_with_the_weights_of_the_formula_rows) {
    const std::vector<double> weights = pursuit_of(test::formula_rows()).weights();
    EXPECT_NEAR(weights[0], 14.5321429, 5e-8);
    EXPECT_NEAR(weights[1], 1.6583857, 5e-8);
    EXPECT_NEAR(weights[2], 4.4982, 5e-5);
    EXPECT_NEAR(weights[3], 5.0923, 5e-5);
}

TEST(OrthogonalPursuit, refuses_a_row_that_depends_on_the_chosen_ones) {
    OrthogonalPursuit pursuit = pursuit_of({{1, 0, 0}, {1, 1e-7, 0}, {1, 1e-4, 0}, {0, 0, 1}});
    ASSERT_TRUE(pursuit.take(0));
    const double residual = pursuit.relative_residual();
    EXPECT_FALSE(pursuit.take(1));
    EXPECT_EQ(pursuit.relative_residual(), residual);
    EXPECT_TRUE(pursuit.take(2));
}

// Nearly parallel rows: in one pass of Gram-Schmidt the second direction would lean back on the first.
TEST(OrthogonalPursuit, keeps_chosen_rows_at_weight_zero_when_rows_are_nearly_parallel) {
    Rows rows = test::random_rows(30, 20, 5);
    for (Rows::value_type& row : rows) {
        for (double& value : row) {
            value = 1.0 + 1e-5 * value;
        }
    }
    OrthogonalPursuit pursuit = pursuit_of(rows);
    for (std::int64_t row = 0; row < 10; ++row) {
        ASSERT_TRUE(pursuit.take(row));
        const std::vector<double> weights = pursuit.weights();
        for (std::int64_t earlier = 0; earlier <= row; ++earlier) {
            EXPECT_EQ(weights[static_cast<std::size_t>(earlier)], 0.0) << row << " " << earlier;
        }
    }
    EXPECT_GT(pursuit.condition_number(), 1e4);
}

TEST(OrthogonalPursuit, measures_the_condition_number_of_scaled_axes) {
    OrthogonalPursuit pursuit = pursuit_of({{8, 0}, {0, 0.5}});
    EXPECT_EQ(pursuit.condition_number(), 0.0);
    pursuit.take(0);
    EXPECT_DOUBLE_EQ(pursuit.condition_number(), 1.0);
    pursuit.take(1);
    EXPECT_DOUBLE_EQ(pursuit.condition_number(), 16.0);
}

TEST(OrthogonalPursuit, takes_the_mean_over_alive_rows_only) {
    const OrthogonalPursuit pursuit(test::to_tensor({{1, 0}, {0, 3}, {5, 5}}), {true, true, false});
    expect_weights(pursuit, {0.5, 4.5, 10.0});
}

TEST(OrthogonalPursuit, sees_rounding_of_a_zero_mean_as_zero) {
    const OrthogonalPursuit pursuit = pursuit_of({{0.1, 0.3}, {0.2, -0.1}, {-0.3, -0.2}});
    expect_weights(pursuit, {0, 0, 0});
    EXPECT_EQ(pursuit.relative_residual(), 0.0);
}

}  // namespace
}  // namespace fibonaqi
