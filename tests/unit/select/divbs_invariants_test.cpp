// What must hold for DivBS on any matrix, whatever the draw: properties over random matrices of many shapes.
#include <algorithm>
#include <set>

#include <ATen/Parallel.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fibonaqi/select/divbs_selector.hpp"
#include "fibonaqi/select/orthogonal_pursuit.hpp"
#include "fibonaqi/select/superbatch.hpp"

#include "tests/unit/select/gram_oracle.hpp"
#include "tests/unit/select/test_rows.hpp"

namespace fibonaqi {
namespace {

using test::ids_of;
using test::Rows;

struct Shape {
    std::size_t rows, columns, batch;
};

const std::vector<Shape> shapes{{20, 5, 4}, {60, 20, 10}, {50, 200, 12}, {33, 16, 15}, {100, 144, 10}};

Selection select(const at::Tensor& rows, const SelectionRequest& request, DivbsOptions options = {}) {
    return DivbsSelector(options).select(rows, request);
}

// |gbar - P_S gbar|^2 / |gbar|^2 by Householder QR of the chosen rows.
double residual_by_qr(const at::Tensor& rows, const std::vector<std::uint64_t>& picks) {
    const std::vector<std::int64_t> index(picks.begin(), picks.end());
    const at::Tensor chosen = rows.index_select(0, at::tensor(index, at::kLong)).t();
    const at::Tensor q = std::get<0>(at::linalg_qr(chosen));
    const at::Tensor mean = rows.mean(0);
    const at::Tensor rest = mean - at::mv(q, at::mv(q.t(), mean));
    return rest.square().sum().item<double>() / mean.square().sum().item<double>();
}

TEST(DivbsInvariants, picks_as_many_as_asked_for_without_duplicates) {
    for (const Shape& shape : shapes) {
        for (std::uint64_t seed = 0; seed < 5; ++seed) {
            const at::Tensor rows = test::to_tensor(test::random_rows(shape.rows, shape.columns, seed));
            const auto ids = ids_of(select(rows, test::request_for(shape.rows, shape.batch, seed)));
            EXPECT_EQ(std::set<std::uint64_t>(ids.begin(), ids.end()).size(), shape.batch);
        }
    }
}

TEST(DivbsInvariants, residual_never_grows_and_equals_that_of_an_independent_qr) {
    for (const Shape& shape : shapes) {
        const at::Tensor rows = test::to_tensor(test::random_rows(shape.rows, shape.columns, 11));
        const Selection selection = select(rows, test::request_for(shape.rows, shape.batch));
        std::vector<std::uint64_t> picks;
        double last = 1.0;
        for (const Pick& pick : selection.picks) {
            picks.push_back(pick.id);
            EXPECT_LE(pick.residual, last);
            last = pick.residual;
            EXPECT_NEAR(pick.residual, residual_by_qr(rows, picks), 1e-13);  // rounding of sums of 200 terms
        }
    }
}

TEST(DivbsInvariants, chosen_rows_and_their_twins_have_no_weight_left) {
    Rows rows = test::random_rows(20, 12, 4);
    rows[7] = rows[3];
    OrthogonalPursuit pursuit(test::to_tensor(rows), std::vector<bool>(rows.size(), true));
    for (const std::int64_t row : {3, 9, 12}) {
        ASSERT_TRUE(pursuit.take(row));
    }
    const std::vector<double> weights = pursuit.weights();
    for (const std::size_t spent : {3, 7, 9, 12}) {
        EXPECT_EQ(weights[spent], 0.0);
    }
    EXPECT_GT(weights[0], 0.0);
    EXPECT_FALSE(pursuit.take(7));
}

TEST(DivbsInvariants, twins_are_never_both_taken_by_score) {
    for (std::uint64_t seed = 0; seed < 30; ++seed) {
        Rows rows = test::random_rows(10, 12, seed);
        rows[7] = rows[3];
        const auto ids = ids_of(select(test::to_tensor(rows), test::request_for(10, 9, seed),
                                       {DivbsPick::draw, DivbsFill::stop}));
        EXPECT_LE(std::count(ids.begin(), ids.end(), 3u) + std::count(ids.begin(), ids.end(), 7u), 1);
    }
}

TEST(DivbsInvariants, rotation_scale_and_a_common_sign_change_nothing) {
    const at::Tensor rows = test::to_tensor(test::random_rows(40, 12, 8));
    const at::Tensor rotation = std::get<0>(at::linalg_qr(test::to_tensor(test::random_rows(12, 12, 9))));
    const SelectionRequest request = test::request_for(40, 8);
    const auto expected = ids_of(select(rows, request));
    EXPECT_EQ(ids_of(select(at::mm(rows, rotation), request)), expected);
    EXPECT_EQ(ids_of(select(-rows, request)), expected);
    for (const double scale : {1e-200, 3e-7, 1e160}) {
        const Selection scaled = select(rows * scale, request);
        EXPECT_EQ(ids_of(scaled), expected) << scale;
    }
}

TEST(DivbsInvariants, the_length_of_one_row_matters) {
    const Rows rows = test::random_rows(40, 12, 8);
    Rows longer = rows;
    for (double& value : longer[5]) {
        value *= 30.0;
    }
    int with = 0;
    int without = 0;
    for (std::uint64_t seed = 0; seed < 40; ++seed) {
        const SelectionRequest request = test::request_for(40, 4, seed);
        const auto plain = ids_of(select(test::to_tensor(rows), request));
        const auto changed = ids_of(select(test::to_tensor(longer), request));
        without += static_cast<int>(std::count(plain.begin(), plain.end(), 5u));
        with += static_cast<int>(std::count(changed.begin(), changed.end(), 5u));
    }
    EXPECT_LT(without, 20);  // about 10 % of 40 expected
    EXPECT_GT(with, 35);     // an outlier is in nearly every batch: known, and why norms are reported
}

TEST(DivbsInvariants, only_a_fill_takes_a_zero_row) {
    for (std::uint64_t seed = 0; seed < 20; ++seed) {
        Rows rows = test::random_rows(12, 5, seed);
        rows[4].assign(5, 0.0);
        const Selection selection = select(test::to_tensor(rows), test::request_for(12, 9, seed));
        for (const Pick& pick : selection.picks) {
            EXPECT_TRUE(pick.id != 4 || pick.filled);
        }
    }
}

TEST(DivbsInvariants, the_residual_dies_after_as_many_picks_as_the_rank) {
    for (std::uint64_t seed = 0; seed < 20; ++seed) {
        const at::Tensor rows = test::to_tensor(test::random_rows_of_rank(60, 24, 16, seed));
        const Selection selection = select(rows, test::request_for(60, 32, seed));
        EXPECT_EQ(selection.reason, SelectionReason::residual_exhausted);
        const auto by_score = std::count_if(selection.picks.begin(), selection.picks.end(),
                                            [](const Pick& pick) { return !pick.filled; });
        EXPECT_EQ(by_score, 16);
        const auto ids = ids_of(selection);
        EXPECT_EQ(std::set<std::uint64_t>(ids.begin(), ids.end()).size(), 32u);
    }
}

TEST(DivbsInvariants, a_batch_as_large_as_the_superbatch_returns_everything) {
    const at::Tensor rows = test::to_tensor(test::random_rows(9, 4, 2));
    const Selection selection = select(rows, test::request_for(9, 9));
    EXPECT_EQ(selection.reason, SelectionReason::bypassed);
    EXPECT_EQ(selection.picks.size(), 9u);
    EXPECT_EQ(select(rows, test::request_for(9, 12)).reason, SelectionReason::pool_exhausted);
}

TEST(DivbsInvariants, permuting_rows_with_their_ids_changes_no_bit) {
    const at::Tensor rows = test::to_tensor(test::random_rows(50, 30, 6));
    const SelectionRequest request = test::request_for(50, 12);
    const Selection expected = select(rows, request);
    SelectionRequest permuted = request;
    std::vector<std::int64_t> order(50);
    for (std::int64_t i = 0; i < 50; ++i) {
        order[static_cast<std::size_t>(i)] = 17 * i % 50;
        permuted.ids[static_cast<std::size_t>(i)] = static_cast<std::uint64_t>(17 * i % 50);
    }
    const Selection found = select(rows.index_select(0, at::tensor(order, at::kLong)), permuted);
    ASSERT_EQ(ids_of(found), ids_of(expected));
    for (std::size_t i = 0; i < expected.picks.size(); ++i) {
        EXPECT_EQ(found.picks[i].score, expected.picks[i].score);
        EXPECT_EQ(found.picks[i].residual, expected.picks[i].residual);
    }
}

TEST(DivbsInvariants, gram_form_and_feature_form_agree) {
    const std::vector<std::pair<DivbsPick, test::OraclePick>> modes{
        {DivbsPick::draw, test::OraclePick::draw},
        {DivbsPick::argmax, test::OraclePick::argmax},
        {DivbsPick::ols, test::OraclePick::ols}};
    for (const Shape& shape : shapes) {
        for (const auto& [pick, oracle_pick] : modes) {
            const Rows rows = test::random_rows(shape.rows, shape.columns, 21);
            const SelectionRequest request = test::request_for(shape.rows, shape.batch, 5);
            const Selection selection = select(test::to_tensor(rows), request, {pick, DivbsFill::stop});
            test::GramOracle oracle(rows, request);
            const std::vector<test::OracleStep> steps = oracle.run(oracle_pick);
            ASSERT_EQ(selection.picks.size(), steps.size());
            for (std::size_t i = 0; i < steps.size(); ++i) {
                ASSERT_EQ(selection.picks[i].id, steps[i].row);
                // The Gram form squares the condition number: 1e-9 leaves room for that.
                EXPECT_NEAR(selection.picks[i].score, steps[i].scores[steps[i].row],
                            1e-9 * steps[i].scores[steps[i].row]);
                EXPECT_NEAR(selection.picks[i].residual, steps[i].residual / oracle.first_residual(), 1e-9);
            }
        }
    }
}

TEST(DivbsInvariants, threads_and_pieces_change_no_pick) {
    const at::Tensor rows = test::to_tensor(test::random_rows(300, 144, 13));
    const SelectionRequest request = test::request_for(300, 20);
    const int threads = at::get_num_threads();
    at::set_num_threads(1);
    const Selection one = select(rows, request);
    at::set_num_threads(4);
    const Selection four = select(rows, request);
    at::set_num_threads(threads);
    EXPECT_EQ(ids_of(one), ids_of(four));
    EXPECT_EQ(ids_of(one), ids_of(select(at::cat({rows.slice(0, 0, 70), rows.slice(0, 70)}, 0), request)));
    EXPECT_EQ(ids_of(one), ids_of(select(rows, request)));
}

TEST(DivbsInvariants, seed_and_cycle_change_the_draw) {
    const at::Tensor rows = test::to_tensor(test::random_rows(60, 20, 6));
    SelectionRequest request = test::request_for(60, 10, 1);
    const auto first = ids_of(select(rows, request));
    request.cycle = 1;
    EXPECT_NE(ids_of(select(rows, request)), first);
    request.cycle = 0;
    request.seed = 2;
    EXPECT_NE(ids_of(select(rows, request)), first);
}

// chi^2 with 11 degrees of freedom passes 31.3 by chance once in 1000; seeds are fixed.
TEST(DivbsInvariants, the_first_pick_follows_the_weights) {
    const Rows rows = test::random_rows(12, 6, 31);
    const std::vector<double> weights =
        OrthogonalPursuit(test::to_tensor(rows), std::vector<bool>(12, true)).weights();
    const double total = std::accumulate(weights.begin(), weights.end(), 0.0);
    constexpr int draws = 5000;
    std::vector<int> counts(12, 0);
    for (std::uint64_t seed = 0; seed < draws; ++seed) {
        ++counts[select(test::to_tensor(rows), test::request_for(12, 1, seed)).picks.at(0).id];
    }
    double sum = 0.0;
    for (std::size_t i = 0; i < 12; ++i) {
        const double expected = draws * weights[i] / total;
        sum += (counts[i] - expected) * (counts[i] - expected) / expected;
    }
    EXPECT_LT(sum, 31.3);
}

}  // namespace
}  // namespace fibonaqi
