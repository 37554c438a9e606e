// `fibonaqi plan`: what a campaign will cost, by one walk and one label.
#include "tests/campaign/fake_campaign.hpp"

namespace fibonaqi::test {
namespace {

using ::testing::ContainsRegex;
using ::testing::HasSubstr;

class CampaignPlan : public FakeCampaign {
  protected:
    Said plan(const std::vector<std::string>& more = {}) const {
        std::vector<std::string> arguments{"plan", "campaign.json", "--work", "probe", "--json", "plan.json"};
        arguments.insert(arguments.end(), more.begin(), more.end());
        return fibonaqi(arguments);
    }
};

TEST_F(CampaignPlan, computes_one_walk_and_one_label_and_multiplies) {
    const Said said = plan();
    ASSERT_EQ(said.code, 0) << said.err;
    EXPECT_EQ(launches("md").size(), 1U);
    EXPECT_EQ(launches("pw").size(), 1U);
    EXPECT_THAT(said.out, ContainsRegex("probe +Si8 after 200 MD steps at 900 K"));
    EXPECT_THAT(said.out, ContainsRegex("labels +12 "));  // 4 + 2 x 4
    EXPECT_THAT(said.out, ContainsRegex("MD steps +500 "));
    const Json record = read_json(folder_ / "plan.json");
    EXPECT_EQ(record.at("labels"), 12);
    EXPECT_GT(record.at("probe").at("kept_MB").get<double>(), 0.0);
    EXPECT_GT(record.at("probe").at("peak_MB").get<double>(), 0.0);
    EXPECT_DOUBLE_EQ(record.at("label_cpu_hours").get<double>(),
                     12.0 * record.at("probe").at("cpu_seconds").get<double>() / 3600.0);
    EXPECT_FALSE(exists("runs")) << "nothing of the campaign itself is begun";
}

TEST_F(CampaignPlan, a_second_plan_is_free_until_what_decides_it_changes) {
    plan();
    set("/cycles", 5);
    EXPECT_THAT(plan().out, ContainsRegex("labels +24 "));
    EXPECT_EQ(launches("md").size(), 1U);
    EXPECT_EQ(launches("pw").size(), 1U);
    set("/label/driver/input/system/ecutwfc", 30);
    plan();
    EXPECT_EQ(launches("md").size(), 1U);
    EXPECT_EQ(launches("pw").size(), 2U) << "another cut-off has another price";
    set("/explore/temperatures_K", Json{300, 1200});
    plan();
    EXPECT_EQ(launches("md").size(), 2U);
}

TEST_F(CampaignPlan, slots_are_those_of_the_campaign_unless_others_are_given) {
    EXPECT_THAT(plan().out, HasSubstr("labels: 2 at a time on 2 cores"));
    set("/label/slots", 3);
    EXPECT_THAT(plan().out, HasSubstr("labels: 3 at a time on 2 cores"));
    EXPECT_THAT(plan({"--slots", "1"}).out, HasSubstr("labels: 1 at a time on 2 cores"));
}

TEST_F(CampaignPlan, ends_where_the_label_or_the_walk_fails) {
    environment_["FAKE_MD_REFUSE"] = "1";
    const Said refused = plan();
    EXPECT_NE(refused.code, 0);
    EXPECT_THAT(refused.err, HasSubstr("the model does not know this element"));
    environment_.clear();
    set("/label/driver/command", Json{"/bin/false"});
    const Said failed = plan();
    EXPECT_NE(failed.code, 0);
    EXPECT_THAT(failed.err, HasSubstr("the label that was tried failed"));
    set("/label/driver/command", Json{"no-such-pw.x"});
    EXPECT_THAT(plan().err, HasSubstr("'no-such-pw.x' was not found"));
    set("/cycles", 0);
    EXPECT_EQ(plan().code, 2);
}

}  // namespace
}  // namespace fibonaqi::test
