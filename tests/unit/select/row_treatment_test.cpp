#include "fibonaqi/select/row_treatment.hpp"

#include <cmath>

#include <gtest/gtest.h>

#include "fibonaqi/base/contract.hpp"

#include "tests/unit/select/test_rows.hpp"

namespace fibonaqi {
namespace {

at::Tensor random_block(std::size_t rows, std::size_t columns, std::uint64_t seed) {
    return test::to_tensor(test::random_rows(rows, columns, seed));
}

at::Tensor lengths(const at::Tensor& rows) {
    return rows.square().sum(1).sqrt();
}

at::Tensor treated(const std::vector<at::Tensor>& blocks, const RowOptions& options) {
    return RowTreatment(blocks, options).apply(blocks);
}

TEST(RowTreatment, leaves_a_single_block_without_options_as_it_is) {
    const at::Tensor rows = random_block(9, 4, 1);
    EXPECT_TRUE(at::equal(treated({rows}, {}), rows));
    RowOptions weighted;
    weighted.weights = {3.0};
    EXPECT_TRUE(at::equal(treated({rows}, weighted), rows));
}

TEST(RowTreatment, normalised_rows_have_length_one_and_their_directions) {
    at::Tensor rows = random_block(9, 4, 2);
    rows[3].zero_();
    RowOptions options;
    options.is_normalised = true;
    const at::Tensor result = treated({rows}, options);
    EXPECT_EQ(result[3].abs().max().item<double>(), 0.0);
    for (std::int64_t i = 0; i < 9; ++i) {
        if (i != 3) {
            EXPECT_NEAR(lengths(result)[i].item<double>(), 1.0, 1e-14);
            EXPECT_NEAR((result[i] * rows[i]).sum().item<double>(), lengths(rows)[i].item<double>(), 1e-13);
        }
    }
}

// Lengths 1 ... 5: the quantile 0.6 lies at 1 + 0.6 * 4 = 3.4 (numpy.quantile's default).
TEST(RowTreatment, shortens_rows_beyond_the_quantile_to_it_and_no_others) {
    const at::Tensor rows = at::diag(at::tensor({5.0, 1.0, 4.0, 2.0, 3.0}, at::kDouble));
    RowOptions options;
    options.clip_quantile = 0.6;
    const at::Tensor expected = at::diag(at::tensor({3.4, 1.0, 3.4, 2.0, 3.0}, at::kDouble));
    EXPECT_LT((treated({rows}, options) - expected).abs().max().item<double>(), 1e-14);
}

TEST(RowTreatment, rows_that_are_not_finite_have_no_say_and_stay_so) {
    at::Tensor rows = at::diag(at::tensor({5.0, 1.0, 4.0, 2.0, 3.0, 100.0, 100.0}, at::kDouble));
    rows[5][0] = std::nan("");
    rows[6][6] = INFINITY;
    RowOptions options;
    options.clip_quantile = 0.6;
    const at::Tensor result = treated({rows}, options);
    EXPECT_NEAR(result[0][0].item<double>(), 3.4, 1e-14);
    EXPECT_FALSE(at::isfinite(result[5]).all().item<bool>());
    EXPECT_FALSE(at::isfinite(result[6]).all().item<bool>());
    EXPECT_TRUE(at::isfinite(result.narrow(0, 0, 5)).all().item<bool>());
}

TEST(RowTreatment, blocks_side_by_side_weigh_what_they_are_told_whatever_their_units) {
    const at::Tensor first = 1e6 * random_block(20, 3, 3), second = 1e-3 * random_block(20, 7, 4);
    RowOptions options;
    options.weights = {1.0, 0.5};
    const at::Tensor rows = treated({first, second}, options);
    ASSERT_EQ(rows.size(1), 10);
    EXPECT_NEAR(lengths(rows.narrow(1, 0, 3)).square().mean().item<double>(), 1.0, 1e-12);
    EXPECT_NEAR(lengths(rows.narrow(1, 3, 7)).square().mean().item<double>(), 0.25, 1e-12);
    const at::Tensor ratio = rows.narrow(1, 0, 3) / first;
    EXPECT_NEAR((ratio.max() / ratio.min()).item<double>(), 1.0, 1e-12);
    // No weights: all 1. A block of zeros adds nothing.
    const at::Tensor plain = treated({first, at::zeros({20, 2}, at::kDouble)}, {});
    EXPECT_NEAR(lengths(plain).square().mean().item<double>(), 1.0, 1e-12);
    EXPECT_EQ(plain.narrow(1, 3, 2).abs().max().item<double>(), 0.0);
}

TEST(RowTreatment, other_rows_are_treated_by_the_measure_of_the_superbatch) {
    const std::vector<at::Tensor> pool{random_block(30, 3, 5), random_block(30, 4, 6)};
    RowOptions options;
    options.clip_quantile = 0.5;
    const RowTreatment treatment(pool, options);
    const at::Tensor all = treatment.apply(pool);
    EXPECT_TRUE(
        at::equal(treatment.apply({pool[0].narrow(0, 4, 2), pool[1].narrow(0, 4, 2)}), all.narrow(0, 4, 2)));
    const at::Tensor longer = treatment.apply({100.0 * pool[0], 100.0 * pool[1]});
    EXPECT_NEAR(lengths(longer).max().item<double>(), lengths(all).max().item<double>(), 1e-12);
}

TEST(RowTreatment, of_no_rows_is_no_rows) {
    RowOptions options;
    options.clip_quantile = 0.5;
    const at::Tensor none = at::empty({0, 3}, at::kDouble);
    EXPECT_EQ(treated({none, none}, options).sizes().vec(), (std::vector<std::int64_t>{0, 6}));
}

TEST(RowTreatment, options_that_contradict_each_other_are_a_broken_contract) {
    RowOptions options;
    options.is_normalised = true;
    options.clip_quantile = 0.5;
    EXPECT_THROW(treated({random_block(3, 3, 1)}, options), ContractError);
}

}  // namespace
}  // namespace fibonaqi
