// `fibonaqi upscale` as a user runs it, with a script in the place of pw.x that answers for one structure.
#include <algorithm>
#include <csignal>
#include <filesystem>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fibonaqi/atoms/extxyz.hpp"

#include "tests/support/label_runs.hpp"
#include "tests/support/qe_outputs.hpp"
#include "tests/support/silicon.hpp"
#include "tests/support/temporary_folder.hpp"

namespace fibonaqi {
namespace {

using ::testing::HasSubstr;

class UpscaleCommand : public ::testing::Test {
  protected:
    UpscaleCommand() {
        write_file_atomically(folder_ / "Si.UPF", "<UPF version=\"2.0.1\"><PP_HEADER element=\"Si\"/></UPF>");
        write_program();
        write_pool(60);
        config_ = Json{{"pool", "pool.xyz"},
                       {"model", FIBONAQI_SOURCE_DIR "/models/silicon-mace/silicon-mace.safetensors"},
                       {"budget", 3},
                       {"output", "new.xyz"},
                       {"driver", driver()},
                       {"select", Json{{"batch", 2}, {"ratio", 0.1}}}};
    }

    // Counts its runs and answers with the kept output, into which it writes the geometry that it was asked
    // for: see label_command_test.cpp.
    void write_program() {
        const std::string xml = (test::qe_data() / "converged/fb.xml").string();
        write_file_atomically(folder_ / "pw",
                              "echo '     Program PWSCF v.0'\necho run >> " + (folder_ / "runs").string() +
                                  "\nsleep 0.2\nmkdir -p out\n"
                                  "x=$(awk '/^ATOMIC_POSITIONS/{getline; getline; printf \"%.15e\", "
                                  "$2/0.529177210903}' pw.in)\n"
                                  "sed \"/<output>/,/<forces/s/\\(index=.2.>\\)[^ ]*/\\1$x/\" '" +
                                  xml + "' > out/fb.xml\necho '   JOB DONE.'\n");
    }
    Json driver() const {
        Json driver = test::qe_config();
        driver["command"] = {"/bin/sh", (folder_ / "pw").string()};
        driver["pseudo_dir"] = ".";
        driver["pseudopotentials"]["Si"] = "Si.UPF";
        return driver;
    }
    // Labelled by a potential that says 1 eV and no force, wherever the atoms are.
    void write_pool(int count) {
        std::vector<Frame> frames(static_cast<std::size_t>(count));
        for (std::size_t i = 0; i < frames.size(); ++i) {
            frames[i].structure = test::two_silicon_atoms(0.1 + 0.01 * static_cast<double>(i)).structure;
            frames[i].labels.energy = 1.0;
            frames[i].labels.forces.assign(2, Vec3{0.0, 0.0, 0.0});
        }
        write_extxyz(folder_ / "pool.xyz", frames);
    }
    ProcessSpec command(const std::vector<std::string>& more = {}) {
        write_json(folder_ / "U.json", config_);
        ProcessSpec spec;
        spec.argv = {test::program("fibonaqi"), "upscale", folder_ / "U.json", "--json",
                     folder_ / "out.json"};
        spec.argv.insert(spec.argv.end(), more.begin(), more.end());
        spec.stdout_file = folder_ / "stdout";
        spec.stderr_file = folder_ / "stderr";
        return spec;
    }
    int run() { return Subprocess(command()).wait().code; }
    std::string said() const { return read_file(folder_ / "stdout") + read_file(folder_ / "stderr"); }
    long runs() const {
        const std::string text =
            std::filesystem::exists(folder_ / "runs") ? read_file(folder_ / "runs") : std::string();
        return std::count(text.begin(), text.end(), '\n');
    }

    test::TemporaryFolder folder_;
    Json config_;
};

TEST_F(UpscaleCommand, spends_the_budget_on_chosen_frames_and_says_what_their_old_forces_were_worth) {
    ASSERT_EQ(run(), 0) << said();
    EXPECT_EQ(runs(), 3);
    const std::vector<Frame> frames = read_extxyz(folder_ / "new.xyz").frames;
    ASSERT_EQ(frames.size(), 3u);
    const std::vector<Frame> pool = read_extxyz(folder_ / "pool.xyz").frames;
    const Json outcome = read_json(folder_ / "out.json");
    for (std::size_t i = 0; i < frames.size(); ++i) {
        const std::size_t id = outcome.at("picks")[i].at("id").get<std::size_t>();
        EXPECT_NEAR(frames[i].structure.positions[1][0], pool[id].structure.positions[1][0], 1e-6);
        EXPECT_LT(*frames[i].labels.energy, -100.0) << "the label of the pool";
    }
    EXPECT_GT(outcome.at("pool_labels").at("forces").at("rmse_eV_per_A").get<double>(), 0.01);
    EXPECT_THAT(said(), HasSubstr("forces of the pool against the new ones"));
}

TEST_F(UpscaleCommand, pays_for_no_label_twice) {
    ASSERT_EQ(run(), 0) << said();
    const std::string first = read_file(folder_ / "new.xyz");
    ASSERT_EQ(run(), 0) << said();
    EXPECT_EQ(runs(), 3);
    EXPECT_EQ(read_file(folder_ / "new.xyz"), first);
    config_["budget"] = 5;  // a larger budget is more of the same, from another superbatch
    ASSERT_EQ(run(), 0) << said();
    EXPECT_EQ(runs(), 5);
    EXPECT_EQ(read_extxyz(folder_ / "new.xyz").frames.size(), 5u);
}

TEST_F(UpscaleCommand, goes_on_after_a_kill) {
    Subprocess first(command());
    ASSERT_TRUE(test::becomes_true([&] { return runs() == 2; }, 60.0));
    ::kill(first.pid(), SIGKILL);
    first.wait();
    ASSERT_EQ(run(), 0) << said();
    EXPECT_LE(runs(), 4) << "one more where the kill hit a run that no one adopted";
    EXPECT_EQ(read_extxyz(folder_ / "new.xyz").frames.size(), 3u);
}

TEST_F(UpscaleCommand, follows_the_labels_of_the_pool_and_trains_on_what_it_got) {
    ASSERT_EQ(run(), 0) << said();
    std::filesystem::rename(folder_ / "new.xyz", folder_ / "old.xyz");
    config_["labelled"] = "old.xyz";
    config_["output"] = "more.xyz";
    config_["seed"] = 1;
    config_["select"]["labels"] = "pool";
    config_["train"] = Json{{"output", "tuned.safetensors"},
                            {"validation_share", 0},
                            {"settings", Json{{"epochs", 2}, {"e0", "always"}}}};
    ASSERT_EQ(run(), 0) << said();
    EXPECT_EQ(read_extxyz(folder_ / "more.xyz").frames.size(), 6u);
    EXPECT_TRUE(std::filesystem::exists(folder_ / "tuned.safetensors"));
    const auto written = std::filesystem::last_write_time(folder_ / "tuned.safetensors");
    ASSERT_EQ(run(), 0) << said();
    EXPECT_EQ(std::filesystem::last_write_time(folder_ / "tuned.safetensors"), written) << "trained twice";
}

TEST_F(UpscaleCommand, says_in_one_sentence_what_is_wrong) {
    const auto refusal = [&](const std::string& pointer, const Json& value) {
        const Json right = config_;
        config_[Json::json_pointer(pointer)] = value;
        EXPECT_EQ(run(), 2);
        config_ = right;
        return read_file(folder_ / "stderr");
    };
    EXPECT_THAT(refusal("/budget", 7),
                HasSubstr("budget: is 7 (of 60 frames, 2 from every 20 are 6) use a larger"));
    EXPECT_THAT(refusal("/select/ratio", 0.3), HasSubstr("select.ratio: ratio 0.3 with batch 2"));
    EXPECT_THAT(refusal("/select/options", Json{{"pik", "ols"}}), HasSubstr("did you mean 'pick'"));
    EXPECT_THAT(refusal("/budgett", 5), HasSubstr("did you mean 'budget'"));
    EXPECT_THAT(refusal("/driver/input", Json{{"system", Json{{"ecutwf", 20}}}}), HasSubstr("U.json:"));
    EXPECT_EQ(runs(), 0);
    ASSERT_EQ(run(), 0);
    EXPECT_THAT(refusal("/seed", 9), HasSubstr("belongs to another selection"));
}

}  // namespace
}  // namespace fibonaqi
