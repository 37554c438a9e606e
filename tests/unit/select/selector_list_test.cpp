#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fibonaqi/base/error.hpp"
#include "fibonaqi/select/selector.hpp"
#include "fibonaqi/select/strategy_options.hpp"

namespace fibonaqi {
namespace {

TEST(SelectorList, makes_every_selector_that_it_names) {
    for (const std::string& name : strategy_names()) {
        EXPECT_EQ(make_selector(name, Json::object())->name(), name);
    }
    EXPECT_THAT(strategy_names(), testing::IsSupersetOf({"divbs", "lcmd", "uniform"}));
    EXPECT_TRUE(make_selector("divbs", nullptr)->needs_features());
}

TEST(SelectorList, says_without_a_selector_what_the_selector_says_of_itself) {
    for (const std::string& name : strategy_names()) {
        const std::unique_ptr<Selector> selector = make_selector(name, nullptr);
        const StrategyTraits traits = strategy_traits(name);
        EXPECT_EQ(traits.needs_features, selector->needs_features()) << name;
        EXPECT_EQ(traits.needs_scores, selector->needs_scores()) << name;
        EXPECT_EQ(traits.needs_reference_scores, selector->needs_reference_scores()) << name;
        EXPECT_EQ(traits.uses_labelled, selector->uses_labelled()) << name;
        EXPECT_EQ(traits.has_epochs, [&] {
            try {
                check_strategy(name, Json{{"epochs", 3}});
            } catch (const ConfigError&) {
                return false;
            }
            return true;
        }()) << name;
    }
    EXPECT_THROW((void)strategy_traits("divsb"), ConfigError);
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

TEST(SelectorList, explains_wrong_options_in_one_sentence) {
    const std::vector<std::tuple<std::string, Json, std::string>> cases{
        {"maxdet", Json{{"sigma", -1}}, "options.sigma is -1 (of maxdet, a number of at least 0)"},
        {"maxdet", Json{{"sigma", "x"}}, "options.sigma is \"x\""},
        {"maxdet", Json{{"sgima", 1}}, "did you mean 'sigma'"},
        {"maxdet", Json{{"mode", "pt"}}, "options.mode is 'pt' (unknown for maxdet)"},
        {"lcmd", Json{{"posterior_sigma", 0}}, "a number above 0) use for example 0.1"},
        {"bait", Json{{"sigma", 0.0}}, "a number above 0"},
        {"bait", Json{{"overselect", 0.5}}, "of at least 1 and at most 100"},
        {"infobatch", Json{{"prune", 1.0}}, "at most 0.9"},
        {"infobatch", Json{{"epochs", 2.5}}, "a whole number of at least 0"},
        {"direct", Json{{"per_cluster", 0}}, "a whole number of at least 1"},
        {"window", Json{{"low", 0.3}}, "options.high is 0.15 and options.low 0.3 (nothing lies between)"},
        {"rho_loss", Json{{"pick", "top"}}, "the rho_loss selector has no options"},
        {"kmeanspp", Json{{"first", "largset"}}, "did you mean 'largest'"},
        {"gradient_norm", Json{{"gain_test", 1}}, "options.gain_test is 1 (of gradient_norm, true or false)"},
        {"loss", Json{{"s_begin", 0.5}}, "options.s_begin is 0.5"},
        {"gradmatch", Json{{"ridge", -1e-3}}, "options.ridge is -0.001"},
    };
    for (const auto& [name, options, message] : cases) {
        try {
            (void)make_selector(name, options);
            ADD_FAILURE() << name << " " << options.dump();
        } catch (const ConfigError& error) {
            EXPECT_THAT(error.what(), testing::HasSubstr(message)) << name;
        }
    }
}

}  // namespace
}  // namespace fibonaqi
