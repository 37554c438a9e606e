// Linear algebra behind the strategies of active learning, against dense formulas.
#include "fibonaqi/select/labelled_rows.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fibonaqi/select/bait_design.hpp"
#include "fibonaqi/select/nearest_centre.hpp"
#include "fibonaqi/select/posterior_variance.hpp"

#include "tests/unit/select/test_rows.hpp"

namespace fibonaqi {
namespace {

struct Shape {
    std::size_t rows, labelled, columns;
};

const std::vector<Shape> shapes{{20, 30, 6}, {20, 4, 6}, {12, 5, 40}, {10, 3, 3}};

// sigma^2 (sigma^2 + X'X)^-1
at::Tensor covariance(const at::Tensor& observed, double sigma) {
    const at::Tensor unit = at::eye(observed.size(1), at::kDouble);
    return sigma * sigma * at::linalg_inv(sigma * sigma * unit + at::mm(observed.t(), observed));
}

double largest_difference(const at::Tensor& a, const at::Tensor& b) {
    return (a - b).abs().max().item<double>();
}

TEST(LabelledRows, posterior_products_are_those_of_the_dense_formula) {
    for (const Shape& shape : shapes) {
        const at::Tensor rows = test::to_tensor(test::random_rows(shape.rows, shape.columns, 1));
        const at::Tensor labelled = test::to_tensor(test::random_rows(shape.labelled, shape.columns, 2));
        for (const double sigma : {0.05, 0.7}) {
            const at::Tensor found = posterior_rows(rows, labelled, sigma);
            const at::Tensor expected = at::mm(rows, at::mm(covariance(labelled, sigma), rows.t()));
            EXPECT_LT(largest_difference(at::mm(found, found.t()), expected),
                      1e-10);  // the dense inverse: condition 4e4
            const at::Tensor w = explained_directions(labelled, sigma);
            const at::Tensor rest = at::eye(rows.size(1), at::kDouble) - at::mm(w.t(), w);
            EXPECT_LT(largest_difference(rest, covariance(labelled, sigma)), 1e-11);
        }
    }
}

TEST(LabelledRows, without_labelled_rows_nothing_changes) {
    const at::Tensor rows = test::to_tensor(test::random_rows(5, 3, 1));
    EXPECT_TRUE(at::equal(posterior_rows(rows, at::empty({0, 3}, at::kDouble), 0.3), rows));
}

TEST(LabelledRows, rows_that_are_not_finite_are_left_out) {
    at::Tensor labelled = test::to_tensor(test::random_rows(4, 3, 2));
    labelled[1][2] = std::nan("");
    SelectionRequest request = test::request_for(5, 2);
    request.labelled = &labelled;
    const CandidateRows rows = candidate_rows(test::to_tensor(test::random_rows(5, 3, 1)), request);
    EXPECT_EQ(rows.labelled.size(0), 3);
    EXPECT_TRUE(at::isfinite(rows.labelled).all().item<bool>());
}

TEST(PosteriorVariance, is_what_the_dense_formula_leaves) {
    for (const Shape& shape : shapes) {
        const at::Tensor rows = test::to_tensor(test::random_rows(shape.rows, shape.columns, 3));
        const at::Tensor labelled = test::to_tensor(test::random_rows(shape.labelled, shape.columns, 4));
        PosteriorVariance variance(rows, labelled, 0.3);
        variance.observe(2);
        variance.observe(7);
        const at::Tensor seen = at::cat({labelled, rows.slice(0, 2, 3), rows.slice(0, 7, 8)}, 0);
        const at::Tensor expected = at::mm(rows, at::mm(covariance(seen, 0.3), rows.t())).diag();
        EXPECT_LT(largest_difference(at::tensor(variance.values(), at::kDouble), expected), 1e-11);
    }
}

TEST(PosteriorVariance, without_noise_is_what_a_projection_leaves) {
    const at::Tensor rows = test::to_tensor({{2, 0, 0}, {1, 1, 0}, {1, 1, 3}, {0, 0, 0}});
    PosteriorVariance variance(rows, test::to_tensor({{0, 5, 0}}), 0.0);
    EXPECT_THAT(variance.values(), testing::ElementsAre(4.0, 1.0, 10.0, 0.0));
    variance.observe(1);
    EXPECT_THAT(variance.values(), testing::ElementsAre(0.0, 0.0, testing::DoubleEq(9.0), 0.0));
}

TEST(NearestCentre, measures_against_rows_and_strangers) {
    NearestCentre centres(test::to_tensor({{0, 0}, {3, 4}, {0, 1}, {3, 5}}));
    centres.add_all(test::to_tensor({{0, 0}, {3, 6}}));
    EXPECT_THAT(centres.distances(),
                testing::ElementsAre(0.0, testing::DoubleEq(4.0), 1.0, testing::DoubleEq(1.0)));
    EXPECT_THAT(centres.cluster_sums(),
                testing::ElementsAre(1.0, testing::DoubleEq(5.0), 1.0, testing::DoubleEq(5.0)));
    centres.add(1);
    EXPECT_EQ(centres.size(), 3u);
    EXPECT_EQ(centres.distances()[1], 0.0);
}

TEST(BaitDesign, gains_and_losses_are_differences_of_the_trace) {
    for (const Shape& shape : shapes) {
        const at::Tensor rows = test::to_tensor(test::random_rows(shape.rows, shape.columns, 5));
        const at::Tensor labelled = test::to_tensor(test::random_rows(shape.labelled, shape.columns, 6));
        const at::Tensor all = at::cat({rows, labelled}, 0);
        const double sigma = 0.6;
        const auto trace = [&](const at::Tensor& seen) {
            return at::mm(all, at::mm(covariance(seen, sigma), all.t())).trace().item<double>();
        };
        for (const bool is_conditioned : {false, true}) {
            BaitDesign design(rows, labelled, sigma, is_conditioned);
            design.add(4);
            design.add(1);
            design.remove(4);
            const at::Tensor one = rows.slice(0, 1, 2);
            const at::Tensor seen = is_conditioned ? at::cat({labelled, one}, 0) : one;
            const at::Tensor before = is_conditioned ? labelled : labelled.slice(0, 0, 0);
            const double now = trace(seen);
            EXPECT_NEAR(design.losses()[1], trace(before) - now, 1e-9 * now);
            const double gain = now - trace(at::cat({seen, rows.slice(0, 6, 7)}, 0));
            EXPECT_NEAR(design.gains()[6], gain, 1e-9 * now);
        }
    }
}

}  // namespace
}  // namespace fibonaqi
