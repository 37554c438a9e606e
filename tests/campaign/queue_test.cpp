// Campaigns whose walkers, trainings and labels are jobs of a queue (of scripts:
// tests/support/fake_queue.hpp).
#include <csignal>
#include <thread>

#include "tests/campaign/fake_campaign.hpp"
#include "tests/support/fake_queue.hpp"
#include "tests/support/label_runs.hpp"

namespace fibonaqi {
namespace {

using ::testing::HasSubstr;

class QueueCampaign : public test::FakeCampaign {
  protected:
    QueueCampaign() : queue_(folder_ / "cluster") { environment_["PATH"] = std::getenv("PATH"); }

    void use_queue() {
        const Json section{{"type", "slurm"}, {"minutes", 5}, {"poll_seconds", 0.1}};
        for (const char* work : {"label", "explore", "train"}) {
            set(std::string("/executors/") + work, section);
        }
        set("/executors/train/cpus", 2);
        set("/executors/label/pack", 2);
    }

    test::FakeQueue queue_;
};

TEST_F(QueueCampaign, ends_as_one_without_a_queue) {
    ASSERT_EQ(run().code, 0);
    const Json here = without_seconds(status());
    const std::vector<std::string> picks_here = picks();
    std::filesystem::remove_all(folder_ / "run");
    use_queue();
    const test::Said said = run();
    ASSERT_EQ(said.code, 0) << said.err;
    EXPECT_EQ(picks(), picks_here);
    EXPECT_EQ(without_seconds(status()).at("cycles"), here.at("cycles"));
}

TEST_F(QueueCampaign, an_engine_that_was_killed_leaves_walkers_that_the_next_one_waits_for) {
    use_queue();
    environment_["FAKE_MS"] = "400";
    {
        Subprocess engine(spec({"run", "campaign.json", "--dir", "run"}));
        ASSERT_TRUE(test::becomes_true([&] { return launches("md").size() >= 2; }));
        engine.signal_group(SIGKILL);
        engine.wait();
    }
    const std::size_t before = queue_.submissions().size();
    const test::Said said = resume();
    ASSERT_EQ(said.code, 0) << said.err;
    EXPECT_GE(before, 2u);
    // Two walkers in each of three cycles, none of them twice.
    EXPECT_EQ(launches("md").size(), 6u);
}

TEST_F(QueueCampaign, a_cluster_that_is_not_there_is_known_before_the_campaign_begins) {
    use_queue();
    environment_["PATH"] = "/usr/bin-without-slurm";
    const test::Said said = fibonaqi({"check", "campaign.json"});
    EXPECT_EQ(said.code, 2);
    EXPECT_THAT(said.err + said.out, HasSubstr("executors.label: there is no program 'sbatch' on PATH"));
}

TEST_F(QueueCampaign, a_queue_that_refuses_ends_the_campaign_in_its_own_words) {
    use_queue();
    queue_.set_faults("fault=refuse");
    const test::Said said = run();
    EXPECT_NE(said.code, 0);
    EXPECT_THAT(said.err, HasSubstr("Invalid partition name specified"));
}

}  // namespace
}  // namespace fibonaqi
