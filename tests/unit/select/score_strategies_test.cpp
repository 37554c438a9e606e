// Strategies that go by scores or lengths, and the laws of those that draw.
#include <algorithm>
#include <map>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fibonaqi/select/inclusion_draw.hpp"
#include "fibonaqi/select/loss_selector.hpp"
#include "fibonaqi/select/nonnegative_fit.hpp"

#include "tests/unit/select/test_rows.hpp"

namespace fibonaqi {
namespace {

using test::ids_of;

constexpr int draws = 10000;
// chi^2 beyond this happens once in 1000 with 9 degrees of freedom; seeds are fixed.
constexpr double once_in_1000_of_9 = 27.9;

Selection by_scores(const std::string& name, const Json& options, const SelectionRequest& request) {
    const at::Tensor none = at::empty({static_cast<std::int64_t>(request.ids.size()), 0}, at::kDouble);
    return make_selector(name, options)->select(none, request);
}

double chi_squared(const std::map<std::vector<std::uint64_t>, int>& counts,
                   const std::map<std::vector<std::uint64_t>, double>& law) {
    double sum = 0.0;
    for (const auto& [key, probability] : law) {
        const double expected = draws * probability;
        const double found = counts.contains(key) ? counts.at(key) : 0.0;
        sum += (found - expected) * (found - expected) / expected;
    }
    return sum;
}

TEST(LossSelector, takes_the_largest_and_of_equal_ones_the_smallest_id) {
    SelectionRequest request = test::request_for(6, 4);
    request.ids = {50, 40, 30, 20, 10, 60};
    request.scores = {-1.0, 3.0, 3.0, -2.0, 3.0 + 1e-15, 7.0};
    EXPECT_THAT(ids_of(by_scores("loss", Json::object(), request)), testing::ElementsAre(60, 10, 30, 40));
    request.scores[5] = std::nan("");
    const Selection selection = by_scores("loss", Json::object(), request);
    EXPECT_THAT(selection.rejected, testing::ElementsAre(60));
    EXPECT_THAT(ids_of(selection), testing::ElementsAre(10, 30, 40, 50));
}

TEST(LossSelector, has_the_published_rank_law) {
    const std::vector<double> ten = rank_probabilities(10, 100.0);
    const std::vector<double> expected{.37277, .235202, .148403, .093636, .05908};
    for (std::size_t rank = 0; rank < expected.size(); ++rank) {
        EXPECT_NEAR(ten[rank], expected[rank], 5e-6);
    }
    const auto top_decile = [](double s) {
        const std::vector<double> all = rank_probabilities(1000, s);
        return std::accumulate(all.begin(), all.begin() + 100, 0.0);
    };
    EXPECT_NEAR(top_decile(1e2), .3728, 5e-5);
    EXPECT_NEAR(top_decile(1e8), .8415, 5e-5);
}

TEST(LossSelector, follows_the_schedule_of_the_pressure) {
    const LossPickOptions options =
        loss_options_from_json(Json{{"pick", "rank"}, {"s_begin", 100.0}, {"s_end", 1.0}, {"epochs", 4}});
    EXPECT_NEAR(selection_pressure(options, 0), 100.0, 1e-12);
    EXPECT_NEAR(selection_pressure(options, 2), 10.0, 1e-12);
    EXPECT_NEAR(selection_pressure(options, 9), 1.0, 1e-12);
    EXPECT_EQ(selection_pressure(loss_options_from_json(Json{{"s_begin", 7.0}}), 3), 7.0);
}

TEST(LossSelector, draws_pairs_by_the_rank_law_without_repetition) {
    SelectionRequest request = test::request_for(5, 2);
    request.scores = {1.0, 5.0, 3.0, 2.0, 4.0};
    const std::vector<double> by_rank = rank_probabilities(5, 20.0);
    const std::vector<double> p{by_rank[4], by_rank[0], by_rank[2], by_rank[3], by_rank[1]};
    std::map<std::vector<std::uint64_t>, double> law;
    for (std::uint64_t i = 0; i < 5; ++i) {
        for (std::uint64_t j = i + 1; j < 5; ++j) {
            law[{i, j}] = p[i] * p[j] / (1.0 - p[i]) + p[j] * p[i] / (1.0 - p[j]);
        }
    }
    std::map<std::vector<std::uint64_t>, int> counts;
    for (request.seed = 0; request.seed < draws; ++request.seed) {
        auto ids = ids_of(by_scores("loss", Json{{"pick", "rank"}, {"s_begin", 20.0}}, request));
        std::sort(ids.begin(), ids.end());
        ++counts[ids];
    }
    EXPECT_LT(chi_squared(counts, law), once_in_1000_of_9);
}

TEST(KmeansSelector, draws_by_squared_distance) {
    const test::Rows rows{{0, 0}, {1, 0}, {0, 2}, {3, 1}, {-1, -1}};
    std::map<std::vector<std::uint64_t>, double> law;
    for (std::uint64_t i = 0; i < 5; ++i) {
        std::vector<double> square;
        for (const test::Rows::value_type& row : rows) {
            square.push_back((row[0] - rows[i][0]) * (row[0] - rows[i][0]) +
                             (row[1] - rows[i][1]) * (row[1] - rows[i][1]));
        }
        const double sum = std::accumulate(square.begin(), square.end(), 0.0);
        for (std::uint64_t j = 0; j < 5; ++j) {
            if (i != j) {
                law[{i, j}] = square[j] / sum / 5.0;
            }
        }
    }
    std::map<std::vector<std::uint64_t>, int> counts;
    for (std::uint64_t seed = 0; seed < draws; ++seed) {
        ++counts[ids_of(make_selector("kmeanspp", Json::object())
                            ->select(test::to_tensor(rows), test::request_for(5, 2, seed)))];
    }
    EXPECT_LT(chi_squared(counts, law), 43.8);  // 19 degrees of freedom
}

TEST(RhoLossSelector, takes_the_largest_reducible_losses) {
    SelectionRequest request = test::request_for(4, 2);
    request.scores = {5.0, 1.0, 2.0, 0.1};
    request.reference_scores = {4.9, 0.2, 3.0, 0.0};
    const Selection selection = by_scores("rho_loss", Json::object(), request);
    EXPECT_THAT(ids_of(selection), testing::ElementsAre(1, 0));
    EXPECT_NEAR(selection.picks[0].score, 0.8, 1e-15);
    request.batch = 4;
    request.ids.push_back(4);
    request.scores.push_back(0.0);
    request.reference_scores.push_back(9.0);
    EXPECT_THAT(ids_of(by_scores("rho_loss", Json::object(), request)), testing::ElementsAre(1, 0, 3, 2));
}

TEST(WindowSelector, draws_inside_of_the_window_only) {
    SelectionRequest request = test::request_for(8, 2);
    request.scores = {0.01, 0.05, 0.06, 0.10, 0.149, 0.15, 0.4, 0.12};
    std::map<std::uint64_t, int> counts;
    for (request.seed = 0; request.seed < 2000; ++request.seed) {
        const Selection selection = by_scores("window", Json::object(), request);
        EXPECT_EQ(selection.reason, SelectionReason::complete);
        for (const Pick& pick : selection.picks) {
            ++counts[pick.id];
        }
    }
    ASSERT_EQ(counts.size(), 4u);
    for (const std::uint64_t inside : {2, 3, 4, 7}) {
        EXPECT_NEAR(counts[inside], 1000, 90);  // four standard deviations
    }
    request.batch = 6;
    const Selection all = by_scores("window", Json::object(), request);
    EXPECT_THAT(ids_of(all), testing::UnorderedElementsAre(2, 3, 4, 7));
    EXPECT_EQ(all.reason, SelectionReason::scores_exhausted);
    request.batch = 20;
    EXPECT_EQ(by_scores("window", Json::object(), request).picks.size(), 4u);
}

TEST(InclusionDraw, has_the_probabilities_that_were_asked_for) {
    const std::vector<double> weights{8.0, 1.0, 0.0, 2.0, 3.0, 2.0};
    const std::vector<double> pi = inclusion_probabilities(weights, 3);
    // 8 of 16 would be 1.5: certain; the other two share 8: 1/4, 1/2, 3/4, 1/2.
    EXPECT_THAT(pi, testing::ElementsAre(1.0, 0.25, 0.0, 0.5, 0.75, 0.5));
    const std::vector<std::uint64_t> ids{0, 1, 2, 3, 4, 5};
    std::vector<int> counts(6, 0);
    for (std::uint64_t seed = 0; seed < draws; ++seed) {
        const auto drawn = draw_by_inclusion(pi, ids, {seed, "test", 0});
        ASSERT_EQ(drawn.size(), 3u);
        for (const std::size_t place : drawn) {
            ++counts[place];
        }
    }
    for (std::size_t i = 0; i < 6; ++i) {
        EXPECT_NEAR(counts[i], draws * pi[i], 4.0 * std::sqrt(draws * pi[i] * (1.0 - pi[i])) + 1e-9);
    }
    EXPECT_THAT(inclusion_probabilities({1.0, 0.0, 2.0}, 2), testing::ElementsAre(1.0, 0.0, 1.0));
    EXPECT_THAT(inclusion_probabilities({0.0, 0.0}, 1), testing::ElementsAre(0.0, 0.0));
    EXPECT_THAT(inclusion_probabilities({2.0, 2.0, 2.0, 2.0}, 1), testing::Each(0.25));
}

TEST(GradientNormSelector, weighs_a_drawn_batch_so_that_its_mean_is_unbiased) {
    const at::Tensor rows = test::to_tensor(test::formula_rows());
    at::Tensor sum = at::zeros({4}, at::kDouble);
    for (std::uint64_t seed = 0; seed < draws; ++seed) {
        const Selection selection = make_selector("gradient_norm", Json{{"pick", "importance"}})
                                        ->select(rows, test::request_for(14, 5, seed));
        for (const Pick& pick : selection.picks) {
            EXPECT_NEAR(pick.weight, 1.0 / (14.0 * pick.score), 1e-12);
            sum += pick.weight / 5.0 * rows[static_cast<std::int64_t>(pick.id)];
        }
    }
    const at::Tensor error = sum / draws - rows.mean(0);
    EXPECT_LT(error.abs().max().item<double>(), 0.05);  // of rows of length 7: four standard errors
}

// tau^2 = mean |g|^2 / mean(|g|)^2 against ((omega + 3 beta) / (3 beta))^2 = (29 / 15)^2 = 3.74.
TEST(GradientNormSelector, draws_by_importance_where_the_gain_test_passes) {
    const auto weights_of = [](double longest) {
        at::Tensor rows = at::ones({14, 1}, at::kDouble);
        rows[3][0] = longest;
        std::set<double> weights;
        const Json options{{"pick", "importance"}, {"gain_test", true}};
        for (const Pick& pick :
             make_selector("gradient_norm", options)->select(rows, test::request_for(14, 5)).picks) {
            weights.insert(pick.weight);
        }
        return weights;
    };
    // 13 rows of length 1 and one of l: tau^2 = 14 (13 + l^2) / (13 + l)^2 passes at l = 12.9.
    EXPECT_EQ(weights_of(12.5), std::set<double>{1.0});
    EXPECT_GT(weights_of(13.0).size(), 1u);
}

TEST(GradientNormSelector, takes_the_longest_rows) {
    const Selection selection =
        make_selector("gradient_norm", Json::object())
            ->select(test::to_tensor(test::hand_worked_rows()), test::request_for(5, 3));
    EXPECT_THAT(ids_of(selection), testing::ElementsAre(0, 1, 2));  // 2 and 4 are equally long
    EXPECT_EQ(selection.picks[0].score, 3.0);
}

TEST(InfoBatchSelector, keeps_the_law_of_infobatch_where_the_batch_is_what_it_keeps) {
    SelectionRequest request = test::request_for(10, 7);  // 4 of at least the mean, and half of the other 6
    request.scores = {9, 8, 7, 9, 1, 2, 3, 1, 2, 3};
    std::vector<int> counts(10, 0);
    for (request.seed = 0; request.seed < 2000; ++request.seed) {
        for (const Pick& pick : by_scores("infobatch", Json::object(), request).picks) {
            ++counts[pick.id];
            // 1 and 1 / (1 - prune), times beta / omega.
            EXPECT_NEAR(pick.weight, pick.id < 4 ? 0.7 : 1.4, 1e-12);
        }
    }
    for (std::size_t i = 0; i < 10; ++i) {
        EXPECT_NEAR(counts[i], i < 4 ? 2000 : 1000, i < 4 ? 0.5 : 90.0);
    }
}

TEST(InfoBatchSelector, treats_all_alike_near_the_end_of_a_training) {
    SelectionRequest request = test::request_for(8, 4);
    request.scores = {9, 9, 1, 1, 1, 1, 1, 1};
    request.cycle = 8;
    for (const Pick& pick : by_scores("infobatch", Json{{"epochs", 9}}, request).picks) {
        EXPECT_EQ(pick.weight, 1.0);
    }
    request.cycle = 7;
    EXPECT_NE(by_scores("infobatch", Json{{"epochs", 9}}, request).picks[0].weight, 1.0);
}

// Karush, Kuhn, Tucker: what makes weights the best ones.
TEST(NonnegativeFit, satisfies_the_conditions_of_the_optimum) {
    for (std::uint64_t seed = 0; seed < 20; ++seed) {
        const at::Tensor rows = test::to_tensor(test::random_rows(30, 8, seed)) + 0.3;
        const at::Tensor target = rows.mean(0);
        const double ridge = 1e-3;
        NonnegativeFit fit(rows, target, ridge);
        for (int step = 0; step < 200; ++step) {
            const at::Tensor products = at::mv(rows, fit.residual());
            at::Tensor open = products.clone();
            for (const std::int64_t row : fit.rows_in()) {
                open[row] = -1.0;
            }
            if (open.max().item<double>() < 1e-12) {
                break;
            }
            ASSERT_TRUE(fit.offer(open.argmax().item<std::int64_t>()));
        }
        const at::Tensor products = at::mv(rows, fit.residual());
        EXPECT_LT(products.max().item<double>(), 1e-2);
        for (std::size_t i = 0; i < fit.rows_in().size(); ++i) {
            EXPECT_GT(fit.weights()[i], 0.0);
            EXPECT_NEAR(products[fit.rows_in()[i]].item<double>(), ridge * fit.weights()[i], 1e-12);
        }
    }
}

TEST(GradMatchSelector, matches_the_mean_of_few_directions_exactly) {
    const at::Tensor rows = test::to_tensor(test::random_rows_of_rank(40, 12, 3, 5)).abs();
    const Selection selection =
        make_selector("gradmatch", Json{{"ridge", 0.0}})->select(rows, test::request_for(40, 20));
    at::Tensor sum = at::zeros({12}, at::kDouble);
    for (const Pick& pick : selection.picks) {
        EXPECT_EQ(pick.filled, pick.weight == 0.0);
        sum += pick.weight / 20.0 * rows[static_cast<std::int64_t>(pick.id)];
    }
    EXPECT_LT((sum - rows.mean(0)).abs().max().item<double>(), 1e-10);
    EXPECT_EQ(selection.reason, SelectionReason::residual_exhausted);
}

}  // namespace
}  // namespace fibonaqi
