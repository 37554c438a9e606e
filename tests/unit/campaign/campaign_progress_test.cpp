#include "fibonaqi/campaign/campaign_progress.hpp"

#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fibonaqi/base/file_system.hpp"

#include "tests/support/temporary_folder.hpp"

namespace fibonaqi {
namespace {

using ::testing::HasSubstr;

TEST(DurationText, is_short_and_in_a_fitting_unit) {
    EXPECT_EQ(duration_text(0.0), "0.0 s");
    EXPECT_EQ(duration_text(3.46), "3.5 s");
    EXPECT_EQ(duration_text(42.4), "42 s");
    EXPECT_EQ(duration_text(99.4), "99 s");
    EXPECT_EQ(duration_text(100.0), "2 min");
    EXPECT_EQ(duration_text(5939.0), "99 min");
    EXPECT_EQ(duration_text(5940.0), "1.6 h");
    EXPECT_EQ(duration_text(360000.0), "100.0 h");
}

class CampaignProgressTest : public ::testing::Test {
  protected:
    Json file() const { return read_json(folder_ / "progress.json"); }
    test::TemporaryFolder folder_;
};

TEST_F(CampaignProgressTest, says_plain_lines_where_there_is_no_terminal) {
    ::testing::internal::CaptureStderr();
    {
        CampaignProgress progress(folder_ / "progress.json", 3, {});
        progress.begin(0, "explore");
        progress.update({50, 100, "steps", ""});
        progress.end("100 candidates");
        progress.begin(2, "label");
        progress.say("label failed: x");
    }
    const std::string said = ::testing::internal::GetCapturedStderr();
    EXPECT_THAT(said, ::testing::MatchesRegex("test set, explore\n"
                                              "test set, explore: 100 candidates \\(0.0 s\\)\n"
                                              "cycle 2/3, label\nlabel failed: x\n"));
}

TEST_F(CampaignProgressTest, tells_status_where_it_is_once_a_second) {
    int beats = 0;
    CampaignProgress progress(folder_ / "progress.json", 3, [&] { ++beats; });
    progress.begin(1, "label");
    EXPECT_EQ(file().at("stage"), "label");
    EXPECT_EQ(file().at("total"), 0);
    progress.update({1, 10, "labels", "2 running"});
    EXPECT_EQ(file().at("done"), 0) << "not so soon";
    EXPECT_EQ(beats, 1);
    std::this_thread::sleep_for(std::chrono::milliseconds(1050));
    progress.update({2, 10, "labels", "2 running"});
    EXPECT_EQ(file().at("done"), 2);
    EXPECT_EQ(file().at("note"), "2 running");
    EXPECT_EQ(file().at("cycle"), 1);
    EXPECT_EQ(file().at("cycles"), 3);
    EXPECT_EQ(beats, 2);
}

TEST_F(CampaignProgressTest, does_not_mind_a_file_that_cannot_be_written) {
    CampaignProgress progress(folder_ / "none" / "progress.json", 3, {});
    EXPECT_NO_THROW(progress.begin(1, "label"));
}

TEST(StopRequest, says_how_to_go_on_and_has_the_exit_code_of_its_kind) {
    EXPECT_EQ(stop_request(), StopRequest::none);
    try {
        throw_stopped(StopRequest::after_running);
    } catch (const StoppedOnRequest& stop) {
        EXPECT_EQ(stop.exit_code(), ExitCode::stopped);
        EXPECT_THAT(stop.what(), HasSubstr("fibonaqi resume"));
    }
    try {
        throw_stopped(StopRequest::now);
    } catch (const StoppedOnRequest& stop) {
        EXPECT_EQ(stop.exit_code(), ExitCode::interrupted);
    }
}

}  // namespace
}  // namespace fibonaqi
