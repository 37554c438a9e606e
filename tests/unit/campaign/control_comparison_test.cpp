// The verdict about a campaign and its controls, and lines as stages see them.
#include "fibonaqi/campaign/control_comparison.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fibonaqi/campaign/arm.hpp"
#include "fibonaqi/campaign/campaign_status.hpp"
#include "fibonaqi/campaign/workplace.hpp"

#include "tests/unit/campaign/small_campaign.hpp"

namespace fibonaqi {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

class ControlComparison : public ::testing::Test {
  protected:
    ControlComparison() : layout_(test::make_small_campaign(parent_)), ledger_(layout_.ledger()) {
        options_ = campaign_options(check_campaign(test::small_campaign()).values);
        for (int cycle = 0; cycle <= 2; ++cycle) {
            ledger_.record_stage(cycle, stage_names::explore, {{"candidates", 20}});
        }
        evaluate(layout_, 0, 0.5);
    }

    void evaluate(const CampaignLayout& line, int cycle, double rmse) {
        ledger_.record_stage(cycle, stage_key(line, stage_names::label), {{"labelled", 4}, {"failed", 0}});
        ledger_.record_stage(cycle, stage_key(line, stage_names::evaluate),
                             {{"force_rmse_eV_per_A", rmse}, {"energy_rmse_eV_per_atom", 0.01 * rmse}});
    }
    // Errors after cycle 1 of the campaign and of each control.
    Json compared(double own, const std::vector<double>& controls) {
        options_.control = {"uniform", controls.size()};
        evaluate(layout_, 1, own);
        for (std::size_t i = 0; i < controls.size(); ++i) {
            evaluate(layout_.of_arm("control-" + std::to_string(i + 1)), 1, controls[i]);
        }
        return control_comparison(ledger_, options_, layout_, cycle_rows(ledger_, layout_, options_.cycles));
    }

    test::TemporaryFolder parent_;
    CampaignLayout layout_;
    Ledger ledger_;
    CampaignOptions options_;
};

TEST_F(ControlComparison, has_the_mean_and_the_spread_of_the_controls) {
    const Json comparison = compared(0.1, {0.2, 0.3, 0.4});
    const Json& row = comparison.at("cycles")[1];
    const Json& control = row.at("control_force_rmse_eV_per_A");
    EXPECT_NEAR(control.at("mean").get<double>(), 0.3, 1e-12);
    EXPECT_NEAR(control.at("standard_deviation").get<double>(), 0.1, 1e-12);
    EXPECT_EQ(control.at("lowest"), 0.2);
    EXPECT_EQ(control.at("highest"), 0.4);
    EXPECT_EQ(row.at("own_labels_total"), 4);
    EXPECT_EQ(row.at("control_labels_total").at("mean"), 4.0);
    // All lines begin with the starting model; the second cycle has not been measured.
    EXPECT_EQ(comparison.at("cycles")[0].at("control_force_rmse_eV_per_A").at("highest"), 0.5);
    EXPECT_TRUE(comparison.at("cycles")[2].at("control_force_rmse_eV_per_A").is_null());
}

TEST_F(ControlComparison, says_who_wins_whoever_it_is) {
    EXPECT_THAT(control_verdict(compared(0.15, {0.2, 0.3, 0.4})),
                AllOf(HasSubstr("0.1500 eV/A with divbs and 0.3000 (0.2000 to 0.4000 over 3 seeds)"),
                      HasSubstr("50 % below their mean and lower than each of them")));
    EXPECT_THAT(control_verdict(compared(0.45, {0.2, 0.3, 0.4})),
                HasSubstr("the control wins: the campaign's error is 50 % above their mean"));
    EXPECT_THAT(control_verdict(compared(0.25, {0.2, 0.3, 0.4})),
                HasSubstr("no difference beyond the spread of the controls"));
}

TEST_F(ControlComparison, takes_a_single_control_for_no_proof) {
    EXPECT_THAT(control_verdict(compared(0.1, {0.2})),
                AllOf(HasSubstr("50 % lower"), HasSubstr("(one seed)"), HasSubstr("this may be chance")));
    EXPECT_THAT(control_table(compared(0.1, {0.2})),
                AllOf(HasSubstr("uniform, 1 seed,"), Not(HasSubstr(" to "))));
}

TEST_F(ControlComparison, waits_until_all_lines_have_been_measured) {
    options_.control = {"uniform", 2};
    evaluate(layout_, 1, 0.2);
    evaluate(layout_.of_arm("control-1"), 1, 0.3);
    const Json comparison =
        control_comparison(ledger_, options_, layout_, cycle_rows(ledger_, layout_, options_.cycles));
    EXPECT_TRUE(comparison.at("cycles")[1].at("control_force_rmse_eV_per_A").is_null());
    EXPECT_THAT(control_verdict(comparison), IsEmpty());
    EXPECT_THAT(control_table(comparison), HasSubstr("0.2000"));
}

TEST_F(ControlComparison, is_nothing_without_controls) {
    EXPECT_TRUE(control_comparison(ledger_, options_, layout_, Json::array()).is_null());
    EXPECT_THAT(control_verdict(nullptr), IsEmpty());
    EXPECT_THAT(control_table(nullptr), IsEmpty());
}

TEST(Arm, has_its_own_models_and_picks_and_the_campaigns_walkers_and_test_set) {
    const CampaignLayout own("/runs/si"), arm = own.of_arm("control-2");
    EXPECT_EQ(arm.picks(3), "/runs/si/control-2/cycle-003/picks.xyz");
    EXPECT_EQ(arm.model(3), "/runs/si/control-2/models/cycle-003.safetensors");
    EXPECT_EQ(arm.model(0), own.start_model());
    EXPECT_EQ(arm.candidates(3), own.candidates(3));
    EXPECT_EQ(arm.picks(0), own.picks(0));
    EXPECT_EQ(arm.evaluate(0), own.evaluate(0));
    EXPECT_EQ(arm.test_data(), own.test_data());
    EXPECT_EQ(arm.labels(), own.labels());
    EXPECT_EQ(arm.of_arm("").picks(3), own.picks(3));
}

TEST(Arm, differs_from_the_campaign_in_strategy_and_seed_only) {
    CampaignOptions options = campaign_options(check_campaign(test::small_campaign()).values);
    EXPECT_TRUE(control_arms(options, CampaignLayout("/runs/si")).empty());
    options.select.choice["options"] = Json{{"pick", "argmax"}};
    options.control = {"uniform", 2};
    const std::vector<Arm> arms = control_arms(options, CampaignLayout("/runs/si"));
    ASSERT_EQ(arms.size(), 2U);
    EXPECT_EQ(arms[1].layout.arm(), "control-2");
    EXPECT_EQ(arms[0].options.select.strategy(), "uniform");
    EXPECT_EQ(arms[0].options.select.choice.at("options"), Json::object())
        << "options are those of another strategy";
    EXPECT_NE(arms[0].options.seed, arms[1].options.seed);
    EXPECT_EQ(control_arms(options, CampaignLayout("/other"))[0].options.seed, arms[0].options.seed);
    options.control.strategy = "divbs";
    EXPECT_EQ(control_arms(options, CampaignLayout("/runs/si"))[0].options.select.choice.at("options"),
              options.select.choice.at("options"));
}

}  // namespace
}  // namespace fibonaqi
