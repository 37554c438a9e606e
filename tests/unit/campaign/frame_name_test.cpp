#include "fibonaqi/campaign/frame_name.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fibonaqi/base/error.hpp"
#include "fibonaqi/campaign/explanation.hpp"
#include "fibonaqi/campaign/workplace.hpp"

#include "tests/support/silicon.hpp"
#include "tests/unit/campaign/small_campaign.hpp"

namespace fibonaqi {
namespace {

using ::testing::HasSubstr;

class FrameName : public ::testing::Test {
  protected:
    FrameName() : layout_(test::make_small_campaign(parent_)), ledger_(layout_.ledger()) {
        for (int cycle = 0; cycle <= 2; ++cycle) {
            Json picks = Json::array();
            for (int order = 0; order < 2; ++order) {
                const int step = 10 * (order + 1);
                picks.push_back({{"order", order},
                                 {"score", 0.25},
                                 {"walker", 1},
                                 {"temperature_K", 300.0},
                                 {"step", step},
                                 {"reason", "harvest"}});
                const LabelOrigin origin{cycle, 1, step, 300.0, cycle == 0 ? "test" : "train", order, 0.25};
                const std::string key = keys_[static_cast<std::size_t>(2 * cycle + order)];
                ledger_.plan(
                    {{key, test::two_silicon_atoms(0.01 * cycle + 0.001 * order), "physics", origin}});
            }
            ledger_.record_stage(cycle, stage_names::select, {{"picks", picks}});
        }
    }

    std::string found(const std::string& name) const { return frame_id(find_frame(ledger_, name).origin()); }
    std::string refused(const std::string& name) const {
        try {
            return "found " + found(name);
        } catch (const ConfigError& error) {
            return error.what();
        }
    }

    const std::vector<std::string> keys_{"aaaaaa0", "aaaaab0", "beef00", "cafe001", "cafe002", "dada00"};
    test::TemporaryFolder parent_;
    CampaignLayout layout_;
    Ledger ledger_;
};

TEST_F(FrameName, is_cycle_and_order_or_the_id_of_the_report_or_the_first_digits_of_the_key) {
    EXPECT_EQ(found("1:0"), "c1-w1-10");
    EXPECT_EQ(found("2:1"), "c2-w1-20");
    EXPECT_EQ(found("c1-w1-20"), "c1-w1-20");
    EXPECT_EQ(found("beef00"), "c1-w1-10");
    EXPECT_EQ(found("cafe002"), "c2-w1-10");
}

TEST_F(FrameName, that_fits_nothing_is_refused_with_what_is_near) {
    EXPECT_THAT(refused("1:2"), HasSubstr("there is no frame 1:2 (cycle 1 chose 2: 1:0 to 1:1)"));
    EXPECT_THAT(refused("c1-w1-11"), HasSubstr("did you mean 'c1-w1-10'?"));
    EXPECT_THAT(refused("-1:2"), HasSubstr("no frame '-1:2' was chosen"));
    EXPECT_THAT(refused("12345678"), HasSubstr("no frame '12345678' was chosen"));
    EXPECT_THAT(refused("cafe00"), HasSubstr("several labels have keys that begin with cafe00"));
    EXPECT_THAT(refused(""), HasSubstr("name it by CYCLE:ORDER"));
}

TEST_F(FrameName, of_a_cycle_that_has_not_selected_yet_is_refused) {
    EXPECT_THAT(refused("3:0"),
                HasSubstr("cycle 3 has not selected its frames yet (cycle 2 is the last that has)"));
    const test::TemporaryFolder other;
    const Ledger empty(other / "ledger.sqlite");
    EXPECT_THROW(find_frame(empty, "1:0"), ConfigError);
}

TEST_F(FrameName, of_the_test_set_is_refused_as_nobody_chose_it) {
    for (const char* name : {"0:1", "test-w1-10", "aaaaaa0"}) {
        EXPECT_THAT(refused(name), HasSubstr("is of the test set")) << name;
    }
}

TEST_F(FrameName, without_any_file_is_explained_from_the_ledger_and_says_what_is_gone) {
    const Explanation explanation = explain_frame(layout_, "1:1");
    EXPECT_FALSE(explanation.task);
    EXPECT_EQ(explanation.record.at("frame"), "c1-w1-20");
    EXPECT_EQ(explanation.record.at("selection").at("score"), 0.25);
    EXPECT_TRUE(explanation.record.at("selection").at("residual_before").is_null());
    EXPECT_EQ(explanation.record.at("label").at("status"), "waiting");
    const std::string missing = explanation.record.at("missing").dump();
    for (const auto& file : {layout_.picks(1), layout_.candidates(1), task_files(layout_.select(1)).result}) {
        EXPECT_THAT(missing, HasSubstr("'" + file.string() + "' is no longer there"));
    }
}

}  // namespace
}  // namespace fibonaqi
