// What every Selector promises. Include, and name the selector:
//   INSTANTIATE_TEST_SUITE_P(Mine, SelectorContract, testing::Values(SelectorCase{"mine", Json::object()}));
#pragma once

#include <algorithm>
#include <limits>
#include <set>

#include <ATen/Parallel.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fibonaqi/base/contract.hpp"
#include "fibonaqi/select/selector.hpp"
#include "fibonaqi/select/strategy_options.hpp"

#include "tests/unit/select/test_rows.hpp"

namespace fibonaqi::test {

struct SelectorCase {
    std::string name;
    Json options;
    /// Returns fewer than asked for when scores run out.
    bool may_stop_short = false;
};

class SelectorContract : public testing::TestWithParam<SelectorCase> {
  protected:
    static std::unique_ptr<Selector> selector() { return make_selector(GetParam().name, GetParam().options); }

    /// Scores are made of the rows where the selector needs any.
    static Selection select(const at::Tensor& rows, SelectionRequest request) {
        const at::Tensor doubles = rows.to(at::kDouble);
        for (std::int64_t row = 0; row < doubles.size(0); ++row) {
            request.scores.push_back(doubles[row].square().sum().item<double>());
            request.reference_scores.push_back(doubles[row].abs().sum().item<double>());
        }
        return selector()->select(rows, request);
    }
};

TEST_P(SelectorContract, chooses_different_samples_out_of_those_offered) {
    SelectionRequest request = request_for(25, 6);
    for (std::uint64_t& id : request.ids) {
        id = 1000 + 7 * id;
    }
    const std::vector<std::uint64_t> picks = ids_of(select(to_tensor(random_rows(25, 10, 1)), request));
    EXPECT_EQ(picks.size(), 6u);
    EXPECT_EQ(std::set<std::uint64_t>(picks.begin(), picks.end()).size(), 6u);
    for (const std::uint64_t pick : picks) {
        EXPECT_EQ(std::count(request.ids.begin(), request.ids.end(), pick), 1);
    }
}

TEST_P(SelectorContract, gives_the_same_answer_to_the_same_question) {
    const at::Tensor rows = to_tensor(random_rows(25, 10, 2));
    const SelectionRequest request = request_for(25, 6);
    EXPECT_EQ(ids_of(select(rows, request)), ids_of(select(rows, request)));
}

TEST_P(SelectorContract, does_not_see_the_order_of_the_rows) {
    const at::Tensor rows = to_tensor(random_rows(25, 10, 3));
    SelectionRequest reversed = request_for(25, 6);
    std::reverse(reversed.ids.begin(), reversed.ids.end());
    EXPECT_EQ(ids_of(select(rows.flip(0), reversed)), ids_of(select(rows, request_for(25, 6))));
}

TEST_P(SelectorContract, accepts_float32_features) {
    const at::Tensor rows = to_tensor(random_rows(25, 10, 4)).to(at::kFloat);
    EXPECT_EQ(ids_of(select(rows, request_for(25, 6))),
              ids_of(select(rows.to(at::kDouble), request_for(25, 6))));
}

TEST_P(SelectorContract, never_chooses_rows_that_are_not_finite) {
    Rows rows = random_rows(10, 4, 5);
    rows[3][0] = std::numeric_limits<double>::quiet_NaN();
    rows[8][2] = -std::numeric_limits<double>::infinity();
    for (std::uint64_t seed = 0; seed < 20; ++seed) {
        const Selection selection = select(to_tensor(rows), request_for(10, 3, seed));
        EXPECT_THAT(selection.rejected, testing::ElementsAre(3, 8));
        EXPECT_THAT(ids_of(selection), testing::Not(testing::Contains(testing::AnyOf(3, 8))));
    }
}

TEST_P(SelectorContract, says_that_it_took_everything) {
    const at::Tensor rows = to_tensor(random_rows(6, 4, 6));
    EXPECT_EQ(select(rows, request_for(6, 6)).reason, SelectionReason::bypassed);
    const Selection selection = select(rows, request_for(6, 8));
    EXPECT_EQ(selection.reason, SelectionReason::pool_exhausted);
    EXPECT_EQ(selection.picks.size(), 6u);
}

TEST_P(SelectorContract, answers_an_empty_pool) {
    const Selection selection = select(at::empty({0, 4}, at::kDouble), request_for(0, 3));
    EXPECT_THAT(selection.picks, testing::IsEmpty());
    EXPECT_EQ(selection.reason, SelectionReason::pool_exhausted);
}

TEST_P(SelectorContract, completes_the_batch_from_rows_without_information) {
    const Selection selection = select(at::zeros({8, 4}, at::kDouble), request_for(8, 3));
    EXPECT_EQ(selection.picks.size(), GetParam().may_stop_short ? 0u : 3u);
}

TEST_P(SelectorContract, never_takes_a_sample_twice_from_copies_and_dependent_rows) {
    const Rows some = random_rows_of_rank(12, 6, 2, 8);
    Rows rows(some);
    rows.insert(rows.end(), some.begin(), some.end());
    rows.insert(rows.end(), 6, Rows::value_type(6, 0.0));
    for (std::uint64_t seed = 0; seed < 10; ++seed) {
        const std::vector<std::uint64_t> picks = ids_of(select(to_tensor(rows), request_for(30, 20, seed)));
        EXPECT_TRUE(picks.size() == 20u || GetParam().may_stop_short);
        EXPECT_EQ(std::set<std::uint64_t>(picks.begin(), picks.end()).size(), picks.size());
    }
}

TEST_P(SelectorContract, says_why_not_all_picks_are_by_score) {
    const at::Tensor rows = to_tensor(random_rows_of_rank(30, 6, 2, 9));
    const Selection selection = select(rows, request_for(30, 20));
    const bool has_fill = std::any_of(selection.picks.begin(), selection.picks.end(),
                                      [](const Pick& pick) { return pick.filled; });
    EXPECT_EQ(selection.reason == SelectionReason::complete, !has_fill && selection.picks.size() == 20u);
}

TEST_P(SelectorContract, chooses_among_candidates_only_where_frames_have_labels) {
    const at::Tensor labelled = to_tensor(random_rows(40, 10, 10));
    SelectionRequest request = request_for(25, 6);
    request.labelled = &labelled;
    const at::Tensor rows = to_tensor(random_rows(25, 10, 11));
    const std::vector<std::uint64_t> picks = ids_of(select(rows, request));
    EXPECT_EQ(picks.size(), 6u);
    EXPECT_THAT(picks, testing::Each(testing::Lt(25u)));
    EXPECT_EQ(ids_of(select(rows, request)), picks);
}

TEST_P(SelectorContract, picks_the_same_with_any_number_of_threads) {
    const at::Tensor rows = to_tensor(random_rows(3000, 30, 12));
    const int threads = at::get_num_threads();
    at::set_num_threads(1);
    const std::vector<std::uint64_t> one = ids_of(select(rows, request_for(3000, 12)));
    at::set_num_threads(3);
    EXPECT_EQ(ids_of(select(rows, request_for(3000, 12))), one);
    at::set_num_threads(threads);
}

TEST_P(SelectorContract, gives_weights_that_are_not_negative) {
    const Selection selection = select(to_tensor(random_rows(25, 10, 13)), request_for(25, 6));
    for (const Pick& pick : selection.picks) {
        EXPECT_GE(pick.weight, 0.0);
    }
}

TEST_P(SelectorContract, holds_callers_to_their_part) {
    const at::Tensor rows = to_tensor(random_rows(4, 2, 7));
    EXPECT_THROW(select(rows, request_for(4, 0)), ContractError);
    EXPECT_THROW(select(rows, request_for(3, 2)), ContractError);
    SelectionRequest twice = request_for(4, 2);
    twice.ids[1] = twice.ids[0];
    EXPECT_THAT([&] { (void)select(rows, twice); },
                testing::ThrowsMessage<ContractError>(testing::HasSubstr("is given to two rows")));
    if (selector()->needs_scores()) {
        EXPECT_THROW((void)selector()->select(rows, request_for(4, 2)), ContractError);
    }
}

}  // namespace fibonaqi::test
