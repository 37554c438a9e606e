// kill -9 at random moments: nothing is lost, nothing is paid for twice, nothing comes out differently.
#include <chrono>
#include <csignal>
#include <set>
#include <thread>

#include "fibonaqi/base/rng.hpp"

#include "tests/campaign/fake_campaign.hpp"

namespace fibonaqi::test {
namespace {

class KilledCampaign : public FakeCampaign {
  protected:
    // FIBONAQI_KILL_SEED tries other moments: a loop over it is a longer test.
    static std::uint64_t seed() {
        const char* given = std::getenv("FIBONAQI_KILL_SEED");
        return given == nullptr ? 7 : std::strtoull(given, nullptr, 10);
    }

    // Runs the campaign and kills its engine after so many milliseconds; true: it was still at work.
    bool run_and_kill(std::uint64_t milliseconds) {
        Subprocess engine(spec({"run", "campaign.json", "--dir", "run"}));
        std::this_thread::sleep_for(std::chrono::milliseconds(milliseconds));
        engine.signal_group(SIGKILL);
        const ProcessEnd end = engine.wait();
        return end.signaled;
    }
};

TEST_F(KilledCampaign, ends_like_one_that_was_left_alone) {
    ASSERT_EQ(fibonaqi({"run", "campaign.json", "--dir", "whole"}).code, 0);
    const Json whole = without_seconds(Json::parse(fibonaqi({"status", "whole", "--json"}).out));
    std::filesystem::remove(folder_ / "launches");

    environment_["FAKE_MS"] = "150";  // so that every kind of work is hit at one time or another
    KeyedRng random(seed(), "kills");
    for (int kill = 0; kill < 5; ++kill) {
        EXPECT_TRUE(run_and_kill(20 + random.below(500)));
    }
    environment_.erase("FAKE_MS");
    const Said said = resume();
    ASSERT_EQ(said.code, 0) << said.err;

    EXPECT_EQ(without_seconds(status()), whole);
    for (int cycle = 0; cycle <= 2; ++cycle) {
        const CampaignLayout other(folder_ / "whole");
        EXPECT_EQ(read_file(layout_->picks(cycle)), read_file(other.picks(cycle))) << cycle;
    }
    const std::vector<std::string> labels = launches("pw ");
    EXPECT_EQ(labels.size(), 12U)
        << "a label that was under way goes on and is taken over, not computed again";
    EXPECT_EQ(std::set<std::string>(labels.begin(), labels.end()).size(), 12U);
}

TEST_F(KilledCampaign, is_no_longer_at_work_and_can_be_looked_at) {
    environment_["FAKE_MS"] = "100";
    ASSERT_TRUE(run_and_kill(1500));
    EXPECT_EQ(status()["state"], "stopped");
    EXPECT_EQ(fibonaqi({"status", "run"}).code, 0);
    EXPECT_EQ(fibonaqi({"report", "run"}).code, 0);
}

}  // namespace
}  // namespace fibonaqi::test
