// Ctrl-C once and twice, and two engines on one folder.
#include <chrono>
#include <csignal>
#include <functional>
#include <thread>

#include "fibonaqi/data/ledger.hpp"

#include "tests/campaign/fake_campaign.hpp"

namespace fibonaqi::test {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

class StoppedCampaign : public FakeCampaign {
  protected:
    Subprocess start() const { return Subprocess(spec({"run", "campaign.json", "--dir", "run"}, "engine")); }

    // Waits until `count` programs of this kind were launched.
    void wait_for(const std::string& kind, std::size_t count) const {
        for (int i = 0; i < 1000 && launches(kind).size() < count; ++i) {
            std::this_thread::sleep_for(std::chrono::milliseconds(10));
        }
        ASSERT_GE(launches(kind).size(), count);
    }
    std::string engine_said() const { return read_file(folder_ / "engine.err"); }
    std::size_t labels(LabelState state) const {
        const auto counts = Ledger(layout_->ledger(), Ledger::Access::read).counts();
        return counts.contains(state) ? counts.at(state) : 0;
    }
};

TEST_F(StoppedCampaign, finishes_what_runs_after_one_signal) {
    environment_["FAKE_MS"] = "300";
    Subprocess engine = start();
    wait_for("pw ", 1);
    engine.signal_group(SIGINT);
    EXPECT_EQ(engine.wait().code, 5);
    EXPECT_THAT(engine_said(), AllOf(HasSubstr("Ctrl-C again stops now"), HasSubstr("stopped on request")));
    EXPECT_THAT(engine_said(), ::testing::Not(HasSubstr("error")));
    EXPECT_EQ(status()["state"], "stopped");
    // Every label that was begun is there, and no other was begun.
    EXPECT_EQ(labels(LabelState::accepted), launches("pw ").size());
    EXPECT_EQ(labels(LabelState::started), 0U);

    environment_.erase("FAKE_MS");
    EXPECT_EQ(resume().code, 0);
    EXPECT_EQ(status()["state"], "finished");
    EXPECT_EQ(launches("pw ").size(), 12U);
}

TEST_F(StoppedCampaign, lets_walkers_that_run_finish_and_starts_no_other) {
    environment_["FAKE_MS"] = "300";
    set("/cores", 1);
    Subprocess engine = start();
    wait_for("md ", 1);
    engine.signal_group(SIGINT);
    EXPECT_EQ(engine.wait().code, 5);
    EXPECT_EQ(launches("md ").size(), 1U);
    environment_.erase("FAKE_MS");
    EXPECT_EQ(resume().code, 0);
    EXPECT_EQ(launches("md ").size(), 6U) << "the walker that had finished was not run again";
}

TEST_F(StoppedCampaign, stops_at_once_after_two_signals_whether_its_programs_listen_or_not) {
    environment_["FAKE_MS"] = "60000";
    environment_["FAKE_DEAF"] = "yes";
    Subprocess engine = start();
    wait_for("md ", 2);
    engine.signal_group(SIGINT);
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
    engine.signal_group(SIGINT);
    const auto end = engine.wait_for(std::chrono::seconds(10));
    ASSERT_TRUE(end);
    EXPECT_EQ(end->code, 130);
    EXPECT_THAT(engine_said(), HasSubstr("stopping now"));
    environment_.clear();
    EXPECT_EQ(resume().code, 0);
}

TEST_F(StoppedCampaign, cancels_labels_that_run_after_two_signals) {
    Subprocess engine = [&] {
        environment_["FAKE_MS"] = "200";
        return start();
    }();
    wait_for("pw ", 1);
    engine.signal_group(SIGTERM);
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    engine.signal_group(SIGTERM);
    EXPECT_EQ(engine.wait().code, 130);
    EXPECT_EQ(labels(LabelState::started), 0U) << "nothing is left running";
    environment_.erase("FAKE_MS");
    EXPECT_EQ(resume().code, 0);
    EXPECT_EQ(status()["labels_total"], 8);
}

TEST_F(StoppedCampaign, refuses_a_second_engine_and_says_who_is_there) {
    environment_["FAKE_MS"] = "700";
    Subprocess engine = start();
    wait_for("md ", 1);
    const Said second = run();
    EXPECT_EQ(second.code, 4);
    EXPECT_THAT(second.err,
                AllOf(HasSubstr("is in use (process " + std::to_string(engine.pid()) + " on host "),
                      HasSubstr("since 20")));
    EXPECT_EQ(resume().code, 4);
    EXPECT_THAT(fibonaqi({"status", "run"}).out,
                HasSubstr("running in process " + std::to_string(engine.pid())));
    EXPECT_EQ(status()["state"], "running");
    engine.signal_group(SIGINT);
    EXPECT_EQ(engine.wait().code, 5) << "the first one was not disturbed";
}

}  // namespace
}  // namespace fibonaqi::test
