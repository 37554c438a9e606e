#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fibonaqi/base/error.hpp"
#include "fibonaqi/select/selector.hpp"

namespace fibonaqi {
namespace {

TEST(SelectorList, makes_every_selector_that_it_names) {
    for (const std::string& name : selector_names()) {
        EXPECT_EQ(make_selector(name, Json::object())->name(), name);
    }
    EXPECT_THAT(selector_names(), testing::ElementsAre("divbs", "uniform"));
    EXPECT_TRUE(make_selector("divbs", nullptr)->needs_features());
}

TEST(SelectorList, suggests_the_nearest_name) {
    try {
        (void)make_selector("divsb", Json::object());
        FAIL();
    } catch (const ConfigError& error) {
        EXPECT_THAT(error.what(), testing::HasSubstr("did you mean 'divbs'"));
    }
}

TEST(SelectorList, refuses_options_that_a_selector_does_not_have) {
    EXPECT_THROW((void)make_selector("uniform", Json{{"pick", "draw"}}), ConfigError);
    EXPECT_THROW((void)make_selector("divbs", Json{{"batch", 3}}), ConfigError);
    EXPECT_THROW((void)make_selector("divbs", Json::array({1})), ConfigError);
}

}  // namespace
}  // namespace fibonaqi
