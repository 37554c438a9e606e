#include "fibonaqi/base/suggest.hpp"

#include <gtest/gtest.h>

namespace fibonaqi {
namespace {

const std::vector<std::string> names{"temperature_K", "timestep_fs", "damping_fs", "steps"};

TEST(Suggest, finds_the_nearest_name) {
    EXPECT_EQ(nearest_name("temprature_K", names), "temperature_K");
    EXPECT_EQ(nearest_name("TIMESTEP_FS", names), "timestep_fs");
    EXPECT_EQ(nearest_name("step", names), "steps");
    EXPECT_EQ(nearest_name("steps", names), "steps");
}

TEST(Suggest, gives_nothing_where_nothing_is_near) {
    EXPECT_EQ(nearest_name("pressure", names), "");
    EXPECT_EQ(nearest_name("xy", {"ab", "cd"}), "");  // every letter would change
    EXPECT_EQ(nearest_name("", names), "");
    EXPECT_EQ(nearest_name("steps", {}), "");
}

TEST(Suggest, ends_a_message_with_a_guess_or_with_all_names) {
    EXPECT_EQ(suggestion("stepz", names), " did you mean 'steps'?");
    EXPECT_EQ(suggestion("pressure", names), " known: temperature_K, timestep_fs, damping_fs, steps");
}

}  // namespace
}  // namespace fibonaqi
