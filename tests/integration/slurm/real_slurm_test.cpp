// Labels, walkers and trainings as jobs of a real Slurm of one node.
#include <cmath>
#include <numbers>

#include "fibonaqi/atoms/extxyz.hpp"

#include "tests/campaign/fake_campaign.hpp"
#include "tests/support/slurm_daemons.hpp"

namespace fibonaqi {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

class RealSlurmTest : public test::FakeCampaign {
  protected:
    void SetUp() override {
        const std::string reason = test::no_slurm_here();
        if (!reason.empty()) {
            GTEST_SKIP() << reason;
        }
        make_directories(folder_ / "slurm");
        slurm_ = std::make_unique<test::SlurmDaemons>(folder_ / "slurm");
        if (!slurm_->is_up()) {
            GTEST_SKIP() << "Slurm does not start in this environment: " << slurm_->log();
        }
        environment_["SLURM_CONF"] = slurm_->config();
    }

    // Water molecules with bond angles of their own.
    fs::path water(int count) const {
        std::vector<Frame> frames;
        for (int i = 0; i < count; ++i) {
            const double angle = (100.0 + i) * std::numbers::pi / 180.0;
            Frame frame;
            frame.structure.atomic_numbers = {8, 1, 1};
            frame.structure.positions = {
                {0.0, 0.0, 0.0}, {0.96, 0.0, 0.0}, {0.96 * std::cos(angle), 0.96 * std::sin(angle), 0.0}};
            frames.push_back(frame);
        }
        write_extxyz(folder_ / "water.xyz", frames);
        return folder_ / "water.xyz";
    }

    test::Said label(const std::string& output, const std::vector<std::string>& more) const {
        std::vector<std::string> arguments{"label",     "--driver", "xtb.json", "--data",
                                           "water.xyz", "-o",       output};
        arguments.insert(arguments.end(), more.begin(), more.end());
        ProcessSpec what = spec(arguments);
        what.argv.front() = test::program("fibonaqi");
        const ProcessEnd end = Subprocess(what).wait();
        return {end.code, read_file(what.stdout_file), read_file(what.stderr_file)};
    }

    std::string queue_says(const std::string& command) const {
        const std::string file = (folder_ / "queue.out").string();
        std::system(("SLURM_CONF=" + slurm_->config() + " " + command + " > " + file + " 2>&1").c_str());
        return read_file(file);
    }

    std::unique_ptr<test::SlurmDaemons> slurm_;
};

TEST_F(RealSlurmTest, labels_in_packs_are_those_that_are_computed_here) {
    if (find_program("xtb").empty()) {
        GTEST_SKIP() << "no xtb (Debian: xtb)";
    }
    water(5);
    write_json(folder_ / "xtb.json", Json{{"type", "xtb"}});
    write_json(
        folder_ / "slurm.json",
        Json{{"type", "slurm"}, {"pack", 2}, {"minutes", 5}, {"partition", "main"}, {"poll_seconds", 1}});
    const test::Said there = label("there.xyz", {"--executor", "slurm.json"});
    ASSERT_EQ(there.code, 0) << there.err << slurm_->log();
    EXPECT_THAT(there.out, HasSubstr("5 labelled now"));
    EXPECT_EQ(label("here.xyz", {}).code, 0);
    const std::vector<Frame> a = read_extxyz(folder_ / "there.xyz").frames;
    const std::vector<Frame> b = read_extxyz(folder_ / "here.xyz").frames;
    ASSERT_EQ(a.size(), 5u);
    for (std::size_t i = 0; i < a.size(); ++i) {
        EXPECT_EQ(a[i].labels.energy, b[i].labels.energy);
        EXPECT_EQ(a[i].labels.forces, b[i].labels.forces);
    }
    const std::string jobs = queue_says("squeue -h -t all -o '%j %T %C'");
    EXPECT_EQ(std::count(jobs.begin(), jobs.end(), '\n'), 3) << "packs of 2, 2 and 1\n" << jobs;
    EXPECT_THAT(jobs, HasSubstr("COMPLETED"));
}

TEST_F(RealSlurmTest, a_refusal_by_the_real_sbatch_ends_the_run_in_its_words) {
    water(1);
    write_json(folder_ / "xtb.json", Json{{"type", "xtb"}});
    write_json(folder_ / "slurm.json", Json{{"type", "slurm"}, {"partition", "nowhere"}});
    const test::Said said = label("there.xyz", {"--executor", "slurm.json"});
    EXPECT_NE(said.code, 0);
    EXPECT_THAT(said.err, HasSubstr("invalid partition specified: nowhere"));
}

TEST_F(RealSlurmTest, a_campaign_with_everything_in_the_queue_ends_as_one_without) {
    if (!fs::exists(std::string(FIBONAQI_FAKE_BIN_DIR) + "/fibonaqi")) {
        GTEST_SKIP() << "the stand-ins of the campaign tests are not built";
    }
    ASSERT_EQ(run().code, 0);
    const Json here = without_seconds(status());
    const std::vector<std::string> picks_here = picks();
    fs::remove_all(folder_ / "run");
    // Walkers have one thread each here, as two of them on two cores have; the worker has both.
    const Json queue{{"type", "slurm"}, {"minutes", 5}, {"poll_seconds", 0.5}};
    for (const char* work : {"label", "explore", "train"}) {
        set(std::string("/executors/") + work, queue);
    }
    set("/executors/train/cpus", 2);
    set("/executors/label/pack", 3);
    const test::Said said = run();
    ASSERT_EQ(said.code, 0) << said.err << slurm_->log();
    EXPECT_EQ(picks(), picks_here);
    EXPECT_EQ(without_seconds(status()).at("cycles"), here.at("cycles"));
}

}  // namespace
}  // namespace fibonaqi
