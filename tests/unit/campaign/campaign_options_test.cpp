#include "fibonaqi/campaign/campaign_options.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/campaign/small_campaign.hpp"

namespace fibonaqi {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::string problem_at(const std::string& pointer, const Json& given) {
    for (const ConfigProblem& problem : check_campaign(given).problems) {
        if (problem.pointer == pointer) {
            return problem.message;
        }
    }
    return "no problem at " + pointer;
}

// The small campaign with one value changed.
Json with(const std::string& pointer, const Json& value) {
    Json config = test::small_campaign();
    config[Json::json_pointer(pointer)] = value;
    return config;
}

TEST(CampaignOptions, takes_values_and_defaults) {
    const CheckedConfig checked = check_campaign(test::small_campaign());
    ASSERT_THAT(checked.problems, IsEmpty());
    const CampaignOptions options = campaign_options(checked.values);
    EXPECT_EQ(options.name, "small");
    EXPECT_THAT(options.explore.temperatures_K, ElementsAre(300.0, 900.0));
    EXPECT_EQ(options.explore.damping_fs, 100.0);
    EXPECT_EQ(options.diamond_element, "Si");
    EXPECT_EQ(options.structure, "");
    EXPECT_FALSE(options.cores.has_value());
    EXPECT_EQ(options.promotion_tolerance, 0.02) << "percent become a share";
    EXPECT_EQ(options.label.driver.at("type"), "qe");
}

TEST(CampaignOptions, knows_what_the_model_should_stay_good_at) {
    const PretrainedOptions nothing =
        campaign_options(check_campaign(test::small_campaign()).values).pretrained;
    EXPECT_EQ(nothing.replay + nothing.forgetting, "");
    EXPECT_EQ(nothing.md_frames, 0u);
    EXPECT_FALSE(nothing.has_gate);
    const Json given{{"replay", "a.xyz"}, {"forgetting", "b.xyz"}, {"md_frames", 7}, {"gate", "refuse"}};
    Json values = check_campaign(with("/pretrained", given)).values;
    const PretrainedOptions all = campaign_options(values).pretrained;
    EXPECT_EQ(all.replay, "a.xyz");
    EXPECT_EQ(all.forgetting, "b.xyz");
    EXPECT_EQ(all.md_frames, 7u);
    EXPECT_TRUE(all.has_gate);
    values.erase("pretrained");  // of a campaign that began before there was such a section
    EXPECT_FALSE(campaign_options(values).pretrained.has_gate);
}

TEST(CampaignOptions, lists_what_is_missing) {
    const auto problems = check_campaign(Json::object()).problems;
    std::string all;
    for (const ConfigProblem& problem : problems) {
        all += problem.pointer + ": " + problem.message + "\n";
    }
    EXPECT_THAT(all,
                AllOf(HasSubstr(": 'name' is missing"), HasSubstr("/model: 'start' is missing"),
                      HasSubstr("/explore: 'temperatures_K' is missing"),
                      HasSubstr("/label: 'driver' is missing"), HasSubstr("/system: there is no structure")));
}

TEST(CampaignOptions, survives_sections_that_are_none) {
    for (const char* section :
         {"/system", "/explore", "/select", "/label", "/test_set", "/model", "/explore/limits"}) {
        EXPECT_THAT(problem_at(section, with(section, 5)), HasSubstr("an object {...} is expected"))
            << section;
    }
    EXPECT_THAT(check_campaign(Json("text")).problems, ::testing::SizeIs(1));
}

TEST(CampaignOptions, wants_a_whole_superbatch) {
    EXPECT_THAT(problem_at("/select/ratio", with("/select/ratio", 0.3)),
                AllOf(HasSubstr("must be a whole number"), HasSubstr("use ratio ")));
    EXPECT_THAT(check_campaign(with("/select/ratio", 0.25)).problems, IsEmpty());
}

TEST(CampaignOptions, offers_every_strategy_that_needs_no_losses_with_its_options) {
    const Json config = with("/select/strategy", "lcmd");
    EXPECT_THAT(check_campaign(config).problems, IsEmpty());
    EXPECT_THAT(problem_at("/select/strategy", with("/select/strategy", "rho_loss")),
                HasSubstr("known: bait"));
    Json given = with("/select/options", Json{{"pick", "ols"}});
    EXPECT_EQ(campaign_options(check_campaign(given).values).select.choice.at("options"),
              (Json{{"pick", "ols"}}));
    given["select"]["strategy"] = "lcmd";
    EXPECT_THAT(problem_at("/select/options", given),
                HasSubstr("options.pick is unknown (of the lcmd selector)"));
}

TEST(CampaignOptions, knows_how_features_are_made) {
    Json given = with("/select/last_layer", "readouts");
    given["select"]["clip_norm"] = 0.9;
    const SelectOptions select = campaign_options(check_campaign(given).values).select;
    EXPECT_EQ(select.choice.at("last_layer"), "readouts");
    EXPECT_EQ(select.choice.at("clip_norm"), 0.9);
    given["select"]["normalise_rows"] = true;
    EXPECT_THAT(problem_at("/select/clip_norm", given), HasSubstr("is given with normalise_rows"));
}

TEST(CampaignOptions, wants_exactly_one_structure) {
    EXPECT_THAT(problem_at("/system", with("/system/structure", "a.xyz")), HasSubstr("both given"));
    EXPECT_THAT(problem_at("/system/diamond/element", with("/system/diamond/element", "Sj")),
                HasSubstr("no chemical symbol"));
}

TEST(CampaignOptions, wants_candidates) {
    EXPECT_THAT(problem_at("/explore/first_step", with("/explore/first_step", 500)),
                HasSubstr("makes only 100 steps"));
    EXPECT_THAT(problem_at("/test_set/first_step", with("/test_set/first_step", 51)), HasSubstr("only 50"));
    Json config = with("/select/force_weight", 0);
    config["select"]["energy_weight"] = 0;
    EXPECT_THAT(problem_at("/select/energy_weight", config), HasSubstr("all gradients would be 0"));
}

TEST(CampaignOptions, wants_a_name_that_can_be_a_folder) {
    for (const char* name : {"a/b", ".hidden", "two words", ""}) {
        EXPECT_FALSE(check_campaign(with("/name", name)).problems.empty()) << name;
    }
    EXPECT_THAT(check_campaign(with("/name", "Si-8_v1.2")).problems, IsEmpty());
}

TEST(CampaignOptions, advises_where_a_cycle_is_too_short_for_a_superbatch) {
    const auto advice = [](const Json& config) {
        return campaign_advice(campaign_options(check_campaign(config).values));
    };
    EXPECT_THAT(advice(test::small_campaign()), IsEmpty());
    EXPECT_THAT(advice(with("/explore/harvest_every_steps", 50)),
                ElementsAre(HasSubstr("about 4 candidates (16 fill")));
}

TEST(CampaignOptions, knows_what_may_change_later) {
    const Json before = check_campaign(test::small_campaign()).values;
    const auto differences = [&](const std::string& pointer, const Json& value) {
        return fixed_differences(before, check_campaign(with(pointer, value)).values);
    };
    EXPECT_THAT(differences("/name", "small"), IsEmpty());
    EXPECT_THAT(differences("/cycles", 9), IsEmpty());
    EXPECT_THAT(differences("/label/slots", 7), IsEmpty());
    EXPECT_THAT(differences("/label/limits/hard_seconds", 7), IsEmpty());
    EXPECT_THAT(differences("/label/driver/kpoints", Json{9, 9, 9}), IsEmpty())
        << "the fingerprint's business";
    EXPECT_THAT(differences("/seed", 2), ElementsAre("seed"));
    EXPECT_THAT(differences("/explore/limits/max_force_eV_per_A", 5),
                ElementsAre("explore.limits.max_force_eV_per_A"));
    EXPECT_THAT(differences("/explore/temperatures_K", Json{300}), ElementsAre("explore.temperatures_K"));
    EXPECT_THAT(differences("/train", Json{{"epochs", 3}}), ElementsAre("train.epochs"));
    EXPECT_THAT(differences("/cores", 3), ElementsAre("cores"));
}

}  // namespace
}  // namespace fibonaqi
