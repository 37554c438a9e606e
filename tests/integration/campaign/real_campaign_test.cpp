// A whole campaign with nothing but the real programs: LAMMPS, LibTorch and pw.x. Two atoms and a model of
// random weights, so that it takes seconds; what it learns means nothing.
#include <chrono>
#include <csignal>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fibonaqi/atoms/extxyz.hpp"
#include "fibonaqi/campaign/layout.hpp"
#include "fibonaqi/data/ledger.hpp"
#include "fibonaqi/model/tensor_file.hpp"

#include "tests/support/command_run.hpp"
#include "tests/support/silicon.hpp"
#include "tests/support/tiny_model.hpp"

namespace fibonaqi {
namespace {

using testing::HasSubstr;
using testing::SizeIs;

Json tiny_campaign() {
    return Json::parse(R"({
        "name": "tiny", "cycles": 2,
        "model": {"start": "model.safetensors", "dtype": "float64"},
        "system": {"structure": "start.xyz"},
        "explore": {"temperatures_K": [300, 900], "timestep_fs": 1, "steps": 50, "first_step": 10,
                    "harvest_every_steps": 5, "strain_percent": 2},
        "select": {"batch": 2, "ratio": 0.2},
        "label": {"driver": {"type": "qe", "command": ["pw.x"], "pseudo_dir": "/usr/share/espresso/pseudo",
                             "pseudopotentials": {"Si": "Si.pbe-rrkj.UPF"}, "kpoints": [2, 2, 2],
                             "input": {"system": {"ecutwfc": 14, "occupations": "smearing", "smearing": "mv",
                                                  "degauss": 0.02}}}},
        "train": {"epochs": 3, "batch": 2},
        "control": {"strategy": "uniform"},
        "test_set": {"frames": 2, "walkers_per_temperature": 1, "steps": 20, "first_step": 10}})");
}

// All numbers of a status but the times, which differ from run to run.
Json without_seconds(Json status) {
    for (Json& cycle : status.at("cycles")) {
        cycle.erase("seconds");
    }
    for (Json& arm : status.at("control").at("arms")) {
        for (Json& cycle : arm.at("cycles")) {
            cycle.erase("seconds");
        }
    }
    return status;
}

class RealCampaign : public testing::Test {
  protected:
    void SetUp() override {
        if (!test::has_quantum_espresso()) {
            GTEST_SKIP() << "pw.x or its pseudopotentials are not installed (Debian: quantum-espresso, "
                            "quantum-espresso-data)";
        }
        write_model_file(folder_ / "model.safetensors", test::tiny_model());
        Frame start;
        start.structure = test::two_silicon_atoms().structure;
        write_extxyz(folder_ / "start.xyz", {start});
        write_json(folder_ / "campaign.json", tiny_campaign());
    }

    test::CommandResult fibonaqi(const std::vector<std::string>& arguments) {
        return test::run_command(folder_, "fibonaqi", arguments);
    }
    Json status(const std::string& run) {
        return without_seconds(Json::parse(fibonaqi({"status", run, "--json"}).out));
    }

    // Starts or resumes the campaign in `run` and kills its engine once the file is there.
    void kill_at(const std::string& run, const std::filesystem::path& file) {
        ProcessSpec spec;
        spec.argv = {std::string(FIBONAQI_BIN_DIR) + "/fibonaqi", "run", "campaign.json", "--dir", run};
        spec.directory = folder_.path();
        spec.stdout_file = spec.stderr_file = folder_ / "killed.out";
        Subprocess engine(spec);
        for (int i = 0; i < 6000 && !std::filesystem::exists(file) && !engine.poll(); ++i) {
            std::this_thread::sleep_for(std::chrono::milliseconds(10));
        }
        ASSERT_FALSE(engine.poll()) << "ended before it could be killed: " << read_file(spec.stdout_file);
        ::kill(engine.pid(), SIGKILL);
        EXPECT_TRUE(engine.wait().signaled);
    }

    // What the worker says about picks, against what the selection itself wrote down.
    void expect_explained(const std::string& run) {
        for (const char* frame : {"1:0", "2:0", "2:1"}) {
            const test::CommandResult said = fibonaqi({"explain", run, frame, "--json"});
            ASSERT_EQ(said.code, 0) << said.err;
            const Json record = Json::parse(said.out);
            const Json& features = record.at("features");
            double sum = 0.0;
            for (const Json& atom : features.at("atoms")) {
                EXPECT_EQ(atom.at("element"), "Si");
                sum += atom.at("share").get<double>();
            }
            EXPECT_NEAR(sum, 1.0, 1e-9) << frame;
            EXPECT_EQ(features.at("nearest_labelled").is_null(), record.at("cycle") == 1) << frame;
            EXPECT_EQ(features.at("picks").size(), 1U) << frame;
            EXPECT_EQ(record.at("label").at("status"), "labelled");
            EXPECT_GT(record.at("label").at("force_rmse_of_model_eV_per_A").get<double>(), 0.0);
            EXPECT_THAT(record.at("missing"), SizeIs(0));
            if (record.at("order") == 0) {  // what the first pick leaves of the mean row is a right triangle
                const double overlap = features.at("mean_overlap").get<double>();
                EXPECT_NEAR(record.at("selection").at("residual_after").get<double>(),
                            1.0 - overlap * overlap, 1e-9)
                    << frame;
            }
        }
    }

    test::TemporaryFolder folder_;
};

TEST_F(RealCampaign, runs_the_loop_and_survives_kills_with_the_same_result) {
    const test::CommandResult whole = fibonaqi({"run", "campaign.json", "--dir", "whole"});
    ASSERT_EQ(whole.code, 0) << whole.err;
    EXPECT_THAT(whole.out, HasSubstr("report.html"));
    const Json expected = status("whole");
    EXPECT_EQ(expected.at("state"), "finished");
    EXPECT_EQ(expected.at("labels_total"), 4);
    ASSERT_THAT(expected.at("cycles"), SizeIs(3));
    EXPECT_TRUE(expected.at("cycles")[2].at("test_force_rmse_eV_per_A").is_number());
    const CampaignLayout layout(folder_ / "whole"), killed(folder_ / "killed");
    EXPECT_TRUE(std::filesystem::exists(layout.model(2)));

    expect_explained("whole");
    const Json control = expected.at("control");
    EXPECT_EQ(control.at("cycles")[2].at("control_labels_total").at("mean"), 4.0);
    EXPECT_TRUE(control.at("cycles")[2].at("control_force_rmse_eV_per_A").is_object());
    EXPECT_THAT(control.at("verdict").get<std::string>(), HasSubstr("one control has no spread"));
    const Json maps = read_json(layout.summary()).at("maps");
    ASSERT_THAT(maps, SizeIs(2));
    EXPECT_THAT(maps[1].at("picks").at("x"), SizeIs(2));
    EXPECT_THAT(maps[1].at("labelled").at("x"), SizeIs(2));

    kill_at("killed", killed.cycle(0) / "picks.xyz");        // while the test set is labelled
    kill_at("killed", killed.walker(1, 1) / "task.json");    // in MD
    kill_at("killed", task_files(killed.select(1)).task);    // in a selection
    kill_at("killed", task_files(killed.train(1)).task);     // in a training
    kill_at("killed", killed.of_arm("control-1").picks(1));  // while a control is labelled
    kill_at("killed", killed.picks(2));                      // while a cycle is labelled
    const test::CommandResult resumed = fibonaqi({"resume", "killed"});
    ASSERT_EQ(resumed.code, 0) << resumed.err;
    EXPECT_EQ(status("killed"), expected);
    for (int cycle = 0; cycle <= 2; ++cycle) {
        EXPECT_EQ(read_file(killed.picks(cycle)), read_file(layout.picks(cycle))) << cycle;
    }
    const CampaignLayout arm = layout.of_arm("control-1"), killed_arm = killed.of_arm("control-1");
    EXPECT_EQ(read_file(killed_arm.picks(2)), read_file(arm.picks(2)));
    EXPECT_EQ(read_file(killed_arm.model(2)), read_file(arm.model(2)));
    const Ledger ledger(killed.ledger(), Ledger::Access::read);
    ASSERT_THAT(ledger.entries({}), SizeIs(10));
    for (const LedgerEntry& entry : ledger.entries({})) {
        EXPECT_LT(*entry.stored.label->labels.energy, -200.0) << "no energy of two silicon atoms from pw.x";
    }
}

}  // namespace
}  // namespace fibonaqi
