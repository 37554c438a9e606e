#include "fibonaqi/campaign/campaign_folder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fibonaqi/atoms/extxyz.hpp"
#include "fibonaqi/base/error.hpp"
#include "fibonaqi/base/file_system.hpp"

#include "tests/unit/campaign/small_campaign.hpp"

namespace fibonaqi {
namespace {

using ::testing::HasSubstr;

template <class Action>
std::string message_of(Action action) {
    try {
        action();
    } catch (const Error& error) {
        return error.what();
    }
    return "nothing was thrown";
}

class CampaignFolderTest : public ::testing::Test {
  protected:
    test::TemporaryFolder parent_;
    Json config_ = check_campaign(test::small_campaign()).values;
};

TEST_F(CampaignFolderTest, is_made_whole_and_opened_again) {
    const CampaignLayout layout = test::make_small_campaign(parent_);
    ASSERT_TRUE(has_campaign(layout));
    const CampaignRecord record = open_campaign(layout);
    EXPECT_EQ(record.config, config_);
    EXPECT_EQ(record.label_fingerprint, "physics");
    EXPECT_GE(record.cores, 1U);
    EXPECT_THAT(record.created_at, ::testing::MatchesRegex("20[0-9-]+T[0-9:]+Z"));
    EXPECT_EQ(read_extxyz(layout.start_structure()).frames.at(0).structure.size(), 8U);
    EXPECT_EQ(read_file(layout.start_model()), "weights");
}

TEST_F(CampaignFolderTest, keeps_the_number_of_cores_that_it_was_given) {
    config_["cores"] = 3;
    write_file_atomically(parent_ / "model", "weights");
    EXPECT_EQ(create_campaign(CampaignLayout(parent_ / "run"), config_, "physics", parent_ / "model").cores,
              3U);
}

TEST_F(CampaignFolderTest, takes_over_what_an_engine_left_that_was_killed_while_it_made_the_folder) {
    const CampaignLayout layout = test::make_small_campaign(parent_);
    std::filesystem::remove(layout.record());
    EXPECT_FALSE(has_campaign(layout));
    EXPECT_NO_THROW(create_campaign(layout, config_, "physics", parent_ / "model.safetensors"));
}

TEST_F(CampaignFolderTest, does_not_take_over_the_files_of_others) {
    const CampaignLayout layout(parent_ / "run");
    make_directories(layout.root());
    EXPECT_NO_THROW(expect_free_folder(layout));
    write_file_atomically(layout.root() / "thesis.tex", "x");
    EXPECT_THAT(message_of([&] { create_campaign(layout, config_, "physics", parent_ / "thesis.tex"); }),
                HasSubstr("holds other files ('thesis.tex')"));
}

TEST_F(CampaignFolderTest, refuses_a_newer_format_a_damaged_record_and_an_empty_folder) {
    const CampaignLayout layout = test::make_small_campaign(parent_);
    Json record = read_json(layout.record());
    record["version"] = campaign_folder_version + 1;
    write_json(layout.record(), record);
    EXPECT_THAT(message_of([&] { open_campaign(layout); }), HasSubstr("newer FIBonAQi"));
    record["version"] = 1;
    record.erase("cores");
    write_json(layout.record(), record);
    EXPECT_THAT(message_of([&] { open_campaign(layout); }), HasSubstr("damaged"));
    record["cores"] = 1;
    record["config"]["cycles"] = "many";
    write_json(layout.record(), record);
    EXPECT_THAT(message_of([&] { open_campaign(layout); }), HasSubstr("cycles: is \"many\""));
    EXPECT_THAT(message_of([&] { open_campaign(CampaignLayout(parent_ / "none")); }),
                HasSubstr("no campaign in"));
}

TEST_F(CampaignFolderTest, goes_on_with_more_cycles_and_refuses_other_physics) {
    const CampaignLayout layout = test::make_small_campaign(parent_);
    config_["cycles"] = 7;
    EXPECT_EQ(update_campaign(layout, config_, "physics").config["cycles"], 7);
    EXPECT_EQ(open_campaign(layout).config["cycles"], 7);
    EXPECT_THAT(message_of([&] { update_campaign(layout, config_, "other physics"); }),
                HasSubstr("(label.driver, or what a pseudopotential file holds)"));
    config_["seed"] = 2;
    EXPECT_THAT(message_of([&] { update_campaign(layout, config_, "physics"); }),
                HasSubstr("settings (seed)"));
    EXPECT_EQ(open_campaign(layout).config["seed"], 1) << "a refused change leaves no trace";
}

TEST_F(CampaignFolderTest, of_the_time_when_all_strategies_had_the_options_of_divbs_goes_on) {
    const CampaignLayout layout = test::make_small_campaign(parent_);
    for (const char* strategy : {"divbs", "uniform"}) {
        Json record = read_json(layout.record());
        record["config"]["select"]["strategy"] = config_["select"]["strategy"] = strategy;
        record["config"]["select"]["options"] = Json{{"pick", "draw"}, {"fill", "uniform"}};
        write_json(layout.record(), record);
        EXPECT_EQ(open_campaign(layout).config.at("select").at("options"), Json::object()) << strategy;
        EXPECT_NO_THROW(expect_same_campaign(layout, config_, "physics")) << strategy;
    }
    config_["select"]["strategy"] = "divbs";
    config_["select"]["options"] = Json{{"pick", "argmax"}};
    EXPECT_THAT(message_of([&] { expect_same_campaign(layout, config_, "physics"); }),
                HasSubstr("select.options"));
}

TEST_F(CampaignFolderTest, misses_a_ledger_that_is_gone) {
    const CampaignLayout layout = test::make_small_campaign(parent_);
    EXPECT_NO_THROW(expect_same_campaign(layout, config_, "physics"));
    make_directories(layout.labels());
    EXPECT_THAT(message_of([&] { expect_same_campaign(layout, config_, "physics"); }),
                HasSubstr("'ledger.sqlite' is gone"));
}

}  // namespace
}  // namespace fibonaqi
