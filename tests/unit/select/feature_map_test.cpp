// Maps of features against scikit-learn's PCA: numbers in tests/data/selection/feature_map.json.
#include "fibonaqi/select/feature_map.hpp"

#include <gtest/gtest.h>

#include "tests/unit/select/test_rows.hpp"

namespace fibonaqi {
namespace {

void expect_points(const at::Tensor& places, const Json& expected) {
    ASSERT_GE(places.size(0), static_cast<std::int64_t>(expected.size()));
    for (std::size_t i = 0; i < expected.size(); ++i) {
        for (std::size_t x = 0; x < 2; ++x) {
            const auto row = static_cast<std::int64_t>(i), column = static_cast<std::int64_t>(x);
            EXPECT_NEAR(places[row][column].item<double>(), expected[i][x].get<double>(), 1e-12) << i << x;
        }
    }
}

TEST(FeatureMap, is_that_of_scikit_learn_with_axes_that_point_to_their_largest_entry) {
    const Json record = read_json(FIBONAQI_SOURCE_DIR "/tests/data/selection/feature_map.json");
    for (const Json& example : record.at("cases")) {
        const auto pool = example.at("rows").get<std::int64_t>();
        const auto labelled = example.at("labelled").get<std::int64_t>();
        const at::Tensor rows = test::to_tensor(test::recurrence_rows(
            static_cast<std::size_t>(pool + labelled), example.at("columns").get<std::size_t>(),
            example.at("seed").get<std::uint64_t>()));
        const FeatureMap map = feature_map(rows.slice(0, 0, pool));
        expect_points(map.place(rows.slice(0, 0, pool)), example.at("points"));
        expect_points(map.place(rows.slice(0, pool)), example.at("labelled_points"));
        for (std::size_t i = 0; i < 2; ++i) {
            EXPECT_NEAR(map.shares[i], example.at("variance_shares")[i].get<double>(), 1e-12);
        }
    }
}

TEST(FeatureMap, of_one_column_has_an_empty_second_axis) {
    const FeatureMap map = feature_map(test::to_tensor({{1.0}, {3.0}, {8.0}}));
    expect_points(map.place(test::to_tensor({{4.0}, {2.0}})), Json{{0.0, 0.0}, {-2.0, 0.0}});
    EXPECT_EQ(map.shares[0], 1.0);
    EXPECT_EQ(map.shares[1], 0.0);
}

TEST(FeatureMap, of_equal_rows_is_one_point) {
    const FeatureMap map = feature_map(test::to_tensor({{1.0, 2.0, 3.0}, {1.0, 2.0, 3.0}}));
    expect_points(map.place(test::to_tensor({{1.0, 2.0, 3.0}})), Json::array({{0.0, 0.0}}));
    EXPECT_EQ(map.shares[0], 0.0);
}

}  // namespace
}  // namespace fibonaqi
