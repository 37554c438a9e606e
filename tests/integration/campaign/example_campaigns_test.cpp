// The campaigns of workflows/campaigns with the real programs. In short, one cycle of four labels from the
// shipped model of 85 elements: the loop is tried, what it learns means nothing. As they stand, from
// MACE-MP-0 small, where FIBONAQI_FULL_CAMPAIGNS is set: minutes each, and the errors must fall as the README
// of each says.
#include <cstdlib>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fibonaqi/atoms/extxyz.hpp"
#include "fibonaqi/campaign/layout.hpp"
#include "fibonaqi/label/label_driver.hpp"

#include "dft_drivers/builtin_drivers.hpp"
#include "tests/support/command_run.hpp"

namespace fibonaqi {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::Not;

class ExampleCampaigns : public testing::Test {
  protected:
    // A copy of the example's folder, because of what is made beside its file.
    void take(const std::string& name) {
        fs::copy(fs::path(FIBONAQI_SOURCE_DIR) / "workflows/campaigns" / name, folder_.path(),
                 fs::copy_options::recursive | fs::copy_options::overwrite_existing);
    }
    void write_short() {
        Json config = read_json(folder_ / "campaign.json");
        config["cycles"] = 1;
        config["model"]["start"] = FIBONAQI_SOURCE_DIR "/models/mptrj-mace/mptrj-mace.safetensors";
        config["explore"].update({{"temperatures_K", {150}},
                                  {"walkers_per_temperature", 2},
                                  {"steps", 60},
                                  {"first_step", 10},
                                  {"harvest_every_steps", 5}});
        config["select"].update({{"batch", 2}, {"ratio", 0.2}});
        config["train"].update({{"epochs", 3}, {"e0", "always"}});
        config["test_set"].update(
            {{"frames", 2}, {"walkers_per_temperature", 1}, {"steps", 40}, {"first_step", 10}});
        write_json(folder_ / "campaign.json", config);
    }
    // Another code is another word in the text of the file.
    void use_code(const std::string& word) {
        std::string text = read_file(folder_ / "campaign.json");
        const std::string before = "\"nwchem.json\"";
        const std::size_t at = text.find(before, text.find("\"driver\":"));
        ASSERT_NE(at, std::string::npos);
        write_file_atomically(folder_ / "campaign.json",
                              text.replace(at, before.size(), "\"" + word + ".json\""));
    }
    // Why the code of water-dimer/<word>.json can't be run here; empty: it can.
    static std::string missing(const std::string& word) {
        const fs::path folder = fs::path(FIBONAQI_SOURCE_DIR) / "workflows/campaigns/water-dimer";
        const auto problems = make_driver(read_json(folder / (word + ".json")), folder)->check({1, 8});
        return problems.empty() ? "" : problems.front();
    }

    // Runs campaign.json into `run` and returns what `status` says of it.
    Json run_to_the_end() {
        const test::CommandResult ran = fibonaqi({"run", "campaign.json", "--dir", "run"});
        EXPECT_EQ(ran.code, 0) << ran.err;
        const test::CommandResult said = fibonaqi({"status", "run", "--json"});
        EXPECT_EQ(said.code, 0) << said.err;
        return said.code == 0 ? Json::parse(said.out) : Json();
    }
    test::CommandResult fibonaqi(const std::vector<std::string>& arguments) {
        return test::run_command(folder_, "fibonaqi", arguments);
    }
    Json result_of(int cycle, const std::string& task) {
        return read_json(layout_.cycle(cycle) / task / "result.json");
    }
    std::vector<Frame> test_frames() { return read_extxyz(folder_ / "run/test/test.xyz").frames; }

    void expect_whole_short_run(const Json& status) {
        ASSERT_TRUE(status.is_object());
        EXPECT_EQ(status.at("state"), "finished");
        EXPECT_EQ(status.at("labels_total"), 2);
        const Json& last = status.at("cycles").back();
        EXPECT_EQ(last.at("failed"), 0);
        EXPECT_LT(last.at("test_energy_rmse_eV_per_atom").get<double>(), 1.0)
            << "reference energies are not those of the code";
    }

    test::TemporaryFolder folder_;
    CampaignLayout layout_{folder_ / "run"};
};

// What of a campaign of many labels is left, where they are wanted at all.
bool wants_full_campaigns() {
    return std::getenv("FIBONAQI_FULL_CAMPAIGNS") != nullptr;
}

double rmse(const Json& cycle) {
    return cycle.at("test_force_rmse_eV_per_A").get<double>();
}

class Aluminium : public ExampleCampaigns {
  protected:
    void SetUp() override {
        take("aluminium");
        const test::CommandResult made = fibonaqi({"pseudo", "gth", "Al", "--force"});
        if (made.code != 0) {
            GTEST_SKIP() << made.err;
        }
        const Json driver = read_json(folder_ / "campaign.json").at("label").at("driver");
        if (const auto problems = make_driver(driver, folder_.path())->check({13}); !problems.empty()) {
            GTEST_SKIP() << problems.front();
        }
    }
};

TEST_F(Aluminium, trains_on_stress_of_strained_cells) {
    write_short();
    Json config = read_json(folder_ / "campaign.json");
    ASSERT_GT(config.at("train").at("stress_weight").get<double>(), 0.0);
    config["label"]["driver"]["kpoints"] = {2, 2, 2};  // an eighth of the time
    write_json(folder_ / "campaign.json", config);
    expect_whole_short_run(run_to_the_end());
    const std::vector<Frame> frames = test_frames();
    ASSERT_EQ(frames.size(), 2U);
    for (const Frame& frame : frames) {
        ASSERT_TRUE(frame.labels.stress);
        EXPECT_NE(frame.structure.cell[0][1], 0.0) << "not strained";
    }
    EXPECT_EQ(result_of(1, "evaluate").at("stress").at("count"), 18);
    EXPECT_EQ(read_json(layout_.cycle(1) / "train/task.json").at("settings").at("stress_weight"), 10000);
}

TEST_F(Aluminium, forces_and_stress_get_better_as_the_readme_says) {
    if (!wants_full_campaigns()) {
        GTEST_SKIP() << "takes minutes (set FIBONAQI_FULL_CAMPAIGNS=1)";
    }
    const Json status = run_to_the_end();
    EXPECT_LT(rmse(status.at("cycles").back()), 0.5 * rmse(status.at("cycles").front()));
    const auto stress = [](const Json& result) {
        return result.at("stress").at("rmse_eV_per_A3").get<double>();
    };
    EXPECT_LT(stress(result_of(3, "evaluate")), stress(read_json(folder_ / "run/test/evaluate/result.json")));
}

class WaterDimer : public ExampleCampaigns, public testing::WithParamInterface<const char*> {
  protected:
    void SetUp() override {
        take("water-dimer");
        if (const std::string problem = missing(GetParam()); !problem.empty()) {
            GTEST_SKIP() << problem;
        }
    }
};

TEST_P(WaterDimer, is_the_same_campaign_with_another_word) {
    write_short();
    use_code(GetParam());
    expect_whole_short_run(run_to_the_end());
    for (const Frame& frame : test_frames()) {
        EXPECT_FALSE(frame.structure.is_periodic());
        EXPECT_FALSE(frame.labels.stress);
    }
    for (const Json& check : result_of(1, "physics").at("checks")) {
        EXPECT_THAT(check.at("check").get<std::string>(), Not(HasSubstr("volume")));
    }
    EXPECT_TRUE(result_of(1, "physics").at("report").at("energy_volume").is_null());
    // The folder holds the driver itself: without its file, resume still knows what it asks.
    const Json driver = read_json(layout_.record()).at("config").at("label").at("driver");
    EXPECT_EQ(driver.at("type"), GetParam());
    fs::remove(folder_ / (std::string(GetParam()) + ".json"));
    EXPECT_EQ(fibonaqi({"resume", "run"}).code, 0);
}

TEST_P(WaterDimer, forces_get_better_as_the_readme_says) {
    if (!wants_full_campaigns()) {
        GTEST_SKIP() << "takes minutes (set FIBONAQI_FULL_CAMPAIGNS=1)";
    }
    use_code(GetParam());
    const Json status = run_to_the_end();
    EXPECT_LT(rmse(status.at("cycles").back()), 0.5 * rmse(status.at("cycles").front()));
}

// Labels of CP2K are too dear for these tests; its own are in real_cp2k_test.cpp.
TEST(WaterDimerByCp2k, has_a_sound_driver) {
    const fs::path folder = fs::path(FIBONAQI_SOURCE_DIR) / "workflows/campaigns/water-dimer";
    EXPECT_EQ(make_driver(read_json(folder / "cp2k.json"), folder)->configuration().at("box_A"), 8);
}

INSTANTIATE_TEST_SUITE_P(Codes, WaterDimer, testing::Values("nwchem", "xtb"),
                         [](const auto& word) { return std::string(word.param); });

}  // namespace
}  // namespace fibonaqi
