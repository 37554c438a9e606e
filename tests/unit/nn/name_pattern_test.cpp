#include "fibonaqi/nn/name_pattern.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fibonaqi/base/error.hpp"

namespace fibonaqi::nn {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST(NamePattern, knows_the_wild_cards) {
    EXPECT_TRUE(matches("interactions.0.*", "interactions.0.linear.weight"));
    EXPECT_FALSE(matches("interactions.0.*", "interactions.10.linear.weight"));
    EXPECT_TRUE(matches("*.bias", "layers.0.bias"));
    EXPECT_FALSE(matches("*.bias", "layers.0.bias.more"));
    EXPECT_TRUE(matches("a*b*c", "a.b.b.c"));
    EXPECT_FALSE(matches("a*b*c", "a.c.b"));
    EXPECT_TRUE(matches("layers.?.weight", "layers.7.weight"));
    EXPECT_FALSE(matches("layers.?.weight", "layers..weight"));
    EXPECT_TRUE(matches("*", ""));
    EXPECT_TRUE(matches("", ""));
    EXPECT_FALSE(matches("", "a"));
    EXPECT_FALSE(matches("a", ""));
    EXPECT_TRUE(matches("a**", "a"));
}

TEST(NamePattern, marks_what_any_of_several_is) {
    EXPECT_THAT(matching({"a.weight", "a.bias", "b.weight"}, {"b.*", "*.bias"}, "k"),
                ElementsAre(false, true, true));
    EXPECT_THAT(matching({"a", "b"}, {}, "k"), ElementsAre(false, false));
}

TEST(NamePattern, refuses_one_that_is_nothing) {
    const auto refusal = [](const std::string& pattern) -> std::string {
        try {
            matching({"interactions.0.linear.weight", "readouts.0.weight"}, {"*", pattern},
                     "freeze.patterns");
        } catch (const ConfigError& error) {
            return error.what();
        }
        return "accepted";
    };
    EXPECT_EQ(refusal("interaction.0.linear.weight"),
              "freeze.patterns: 'interaction.0.linear.weight' is no weight of the model (nothing would be "
              "held) did you mean 'interactions.0.linear.weight'?");
    EXPECT_THAT(refusal("head.*"), HasSubstr("'fibonaqi model info --weights MODEL' lists them"));
}

}  // namespace
}  // namespace fibonaqi::nn
