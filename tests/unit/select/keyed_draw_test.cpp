#include "fibonaqi/select/keyed_draw.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace fibonaqi {
namespace {

std::vector<std::uint64_t> ids_up_to(std::size_t count) {
    std::vector<std::uint64_t> ids(count);
    for (std::size_t i = 0; i < count; ++i) {
        ids[i] = 5 * i + 2;
    }
    return ids;
}

std::vector<double> random_weights(std::size_t count, std::uint64_t seed) {
    KeyedRng rng(seed, "weights");
    std::vector<double> weights(count);
    for (double& weight : weights) {
        weight = rng.uniform() < 0.2 ? 0.0 : rng.uniform() * rng.uniform();
    }
    return weights;
}

TEST(KeyedDraw, with_bounds_is_the_same_draw_with_fewer_weights) {
    for (const std::size_t count : {1u, 7u, 500u, 3000u}) {
        KeyedDraw plain(ids_up_to(count), {3, "test", 1});
        KeyedDraw bounded(ids_up_to(count), {3, "test", 1});
        std::size_t asked = 0;
        for (std::uint64_t draw = 0; draw < 50; ++draw) {
            const std::vector<double> weights = random_weights(count, draw);
            std::vector<double> bounds(weights);
            for (double& bound : bounds) {
                bound = 4.0 * bound + 0.1;
            }
            const auto weight = [&](std::size_t row) {
                ++asked;
                return weights[row];
            };
            EXPECT_EQ(bounded.bounded(bounds, weight), plain(weights));
        }
        EXPECT_TRUE(count < 500 || asked < 50 * 64);
    }
}

TEST(KeyedDraw, finds_nothing_where_no_weight_is_above_0) {
    KeyedDraw draw(ids_up_to(5), {3, "test", 1});
    EXPECT_FALSE(draw(std::vector<double>(5, 0.0)).has_value());
    EXPECT_FALSE(draw.bounded(std::vector<double>(5, 1.0), [](std::size_t) { return 0.0; }).has_value());
    EXPECT_THAT(draw.several({0.0, 1.0, 0.0, 2.0, 0.0}, 4), testing::UnorderedElementsAre(1, 3));
}

TEST(KeyedDraw, belongs_to_the_ids) {
    KeyedDraw all(ids_up_to(20), {3, "test", 1});
    std::vector<std::uint64_t> some = ids_up_to(20);
    some.erase(some.begin() + 4);
    KeyedDraw fewer(some, {3, "test", 1});
    std::vector<double> weights(20, 1.0);
    weights[4] = 0.0;
    const std::size_t of_all = *all(weights);
    EXPECT_EQ(some[*fewer(std::vector<double>(19, 1.0))], ids_up_to(20)[of_all]);
}

}  // namespace
}  // namespace fibonaqi
