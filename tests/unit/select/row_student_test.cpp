#include "fibonaqi/select/row_student.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include <gtest/gtest.h>

#include "tests/unit/select/test_rows.hpp"

namespace fibonaqi {
namespace {

using Ids = std::vector<std::uint64_t>;

constexpr std::size_t frames = 30, columns = 4;

at::Tensor descriptors() {
    return test::to_tensor(test::random_rows_of_rank(frames, 6, 3, 11));
}

at::Tensor rows_of(std::size_t count, std::uint64_t seed) {
    return test::to_tensor(test::random_rows(count, columns, seed));
}

Ids all_frames() {
    Ids ids(frames);
    std::iota(ids.begin(), ids.end(), std::uint64_t{0});
    return ids;
}

double difference(const at::Tensor& a, const at::Tensor& b) {
    return (a - b).abs().max().item<double>();
}

// What was seen of B: row = B' phi + noise at some time.
struct Seen {
    double time;
    at::Tensor phi, row;
};

// Covariance of B' phi and B' psi at two times: of a random walk that starts with variance 1.
double covariance(const Seen& a, const Seen& b) {
    const double shared = std::min(a.time, b.time);
    at::Tensor variance = at::full({a.phi.size(0)}, 1.0 + shared * RowStudent::other_drift, at::kDouble);
    variance[0] = 1.0 + shared * RowStudent::common_drift;
    return (a.phi * variance * b.phi).sum().item<double>();
}

// The textbook's Gaussian process regression over everything seen at once, without a recursion.
at::Tensor regression(const std::vector<Seen>& seen, const Seen& asked) {
    const auto count = static_cast<std::int64_t>(seen.size());
    at::Tensor gram = RowStudent::own_variance * at::eye(count, at::kDouble);
    at::Tensor cross = at::zeros({1, count}, at::kDouble);
    std::vector<at::Tensor> rows;
    for (std::int64_t i = 0; i < count; ++i) {
        for (std::int64_t j = 0; j < count; ++j) {
            gram[i][j] += covariance(seen[static_cast<std::size_t>(i)], seen[static_cast<std::size_t>(j)]);
        }
        cross[0][i] = covariance(asked, seen[static_cast<std::size_t>(i)]);
        rows.push_back(seen[static_cast<std::size_t>(i)].row);
    }
    return at::mm(cross, at::mm(at::inverse(gram), at::stack(rows)))[0];
}

TEST(RowStudent, is_the_regression_on_all_rows_seen_so_far_under_a_random_walk) {
    RowStudent student(descriptors());
    std::vector<Seen> seen;
    double time = 0.0;
    for (const Ids& shown : {Ids{3, 9, 12}, Ids{1}, Ids{3, 20, 21, 22}}) {
        student.advance();
        time += 1.0;
        const at::Tensor rows = rows_of(shown.size(), 70 + shown.size());
        student.learn(shown, rows);
        for (std::size_t i = 0; i < shown.size(); ++i) {
            seen.push_back({time, student.state().descriptors[static_cast<std::int64_t>(shown[i])],
                            rows[static_cast<std::int64_t>(i)]});
        }
    }
    student.advance();
    for (const std::int64_t frame : {0, 15, 29}) {  // not seen, so without a deviation of their own
        const at::Tensor expected =
            regression(seen, {time + 1.0, student.state().descriptors[frame], at::Tensor()});
        const at::Tensor found = student.predict({static_cast<std::uint64_t>(frame)})[0];
        EXPECT_LT(difference(found, expected), 1e-12) << frame;
        EXPECT_GT(found.abs().max().item<double>(), 1e-3);
    }
}

TEST(RowStudent, learns_the_same_at_once_and_one_by_one) {
    RowStudent once(descriptors()), one_by_one(descriptors());
    const at::Tensor rows = rows_of(3, 5);
    once.learn({4, 5, 6}, rows);
    for (std::int64_t i = 0; i < 3; ++i) {
        one_by_one.learn({4 + static_cast<std::uint64_t>(i)}, rows.slice(0, i, i + 1));
    }
    EXPECT_LT(difference(once.predict({0, 29}), one_by_one.predict({0, 29})), 1e-12);
}

// Rows that are linear in the descriptors and turn all together, a random walk away: after 5 of 30 frames of
// every time are shown, the others are predicted much better than by what they were.
TEST(RowStudent, follows_rows_that_turn_together) {
    const at::Tensor numbers = descriptors();
    RowStudent student(numbers);
    const at::Tensor slope = rows_of(6, 21), shifts = rows_of(40, 22);
    double missed = 0.0, moved = 0.0;
    at::Tensor shift = at::zeros({columns}, at::kDouble);
    for (std::int64_t time = 0; time < 40; ++time) {
        shift = shift + shifts[time];
        const at::Tensor rows = at::mm(numbers, slope) + shift;
        Ids shown;
        for (std::uint64_t i = 0; i < 5; ++i) {
            shown.push_back((7 * static_cast<std::uint64_t>(time) + 6 * i) % frames);
        }
        const at::Tensor index = at::tensor(std::vector<std::int64_t>(shown.begin(), shown.end()), at::kLong);
        student.advance();
        student.learn(shown, rows.index_select(0, index));
        if (time >= 20) {
            missed += (student.predict(all_frames()) - rows).square().sum().item<double>();
            moved += static_cast<double>(frames) * shifts[time].square().sum().item<double>();
        }
    }
    EXPECT_LT(missed, 0.1 * moved);
}

TEST(RowStudent, expects_most_of_a_frames_own_deviation_again) {
    RowStudent student(descriptors());
    student.learn({0, 1, 2}, rows_of(3, 1));
    const at::Tensor outlier = at::full({1, columns}, 100.0, at::kDouble);
    student.learn({8}, outlier);
    const RowStudent::State& state = student.state();
    const at::Tensor fit = at::mm(state.descriptors.slice(0, 8, 9), state.coefficients);
    EXPECT_LT(difference(student.predict({8}), fit + RowStudent::kept_deviation * (outlier - fit)), 1e-12);
}

TEST(RowStudent, does_not_depend_on_units) {
    RowStudent student(descriptors()), other(1e-4 * descriptors());
    const at::Tensor rows = rows_of(5, 2);
    for (RowStudent* any : {&student, &other}) {
        any->advance();
        any->learn({1, 2, 3, 4, 5}, any == &student ? rows : 1e6 * rows);
    }
    EXPECT_LT(difference(1e6 * student.predict(all_frames()), other.predict(all_frames())), 1e-5);
}

TEST(RowStudent, remembers_rows_that_are_not_finite_and_learns_nothing_else_from_them) {
    RowStudent student(descriptors()), other(descriptors());
    at::Tensor rows = rows_of(3, 3);
    other.learn({0, 2}, at::stack({rows[0], rows[2]}));
    rows[1][2] = std::numeric_limits<double>::infinity();
    student.learn({0, 1, 2}, rows);
    EXPECT_EQ(difference(student.predict({0, 2, 9}), other.predict({0, 2, 9})), 0.0);
    EXPECT_FALSE(at::isfinite(student.predict({1})).all().item<bool>());
    student.learn({1}, rows_of(1, 4));
    EXPECT_TRUE(at::isfinite(student.predict({1})).all().item<bool>());
}

TEST(RowStudent, takes_frames_without_descriptors_for_average_ones) {
    at::Tensor numbers = descriptors();
    numbers[7][0] = std::nan("");
    const RowStudent student(numbers);
    const at::Tensor scores = student.state().descriptors[7].slice(0, 1);
    EXPECT_LT(scores.abs().max().item<double>(), 1e-12);
    RowStudent blind(at::ones({3, 2}, at::kDouble));
    blind.learn({0, 1}, at::ones({2, 1}, at::kDouble));
    EXPECT_NEAR(blind.predict({2}).item<double>(), 2.0 / 2.3, 1e-12)
        << "the mean of two, and the prior's zero";
}

}  // namespace
}  // namespace fibonaqi
