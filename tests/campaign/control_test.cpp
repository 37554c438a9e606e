// A campaign with controls: other picks from the same candidates, as many labels, models of their own.
#include <chrono>
#include <csignal>
#include <set>
#include <thread>

#include "fibonaqi/atoms/extxyz.hpp"
#include "fibonaqi/base/rng.hpp"
#include "fibonaqi/data/ledger.hpp"

#include "tests/campaign/fake_campaign.hpp"

namespace fibonaqi::test {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;

class ControlledCampaign : public FakeCampaign {
  protected:
    ControlledCampaign() { set("/control", Json{{"strategy", "uniform"}, {"seeds", 2}}); }

    Json control() const { return read_json(layout_->summary())["control"]; }
    CampaignLayout arm(int number) const { return layout_->of_arm("control-" + std::to_string(number)); }
    std::set<std::string> structures_for(const std::string& purpose) const {
        LedgerFilter filter;
        filter.purpose = purpose;
        std::set<std::string> hashes;
        for (const LedgerEntry& entry : Ledger(layout_->ledger(), Ledger::Access::read).entries(filter)) {
            hashes.insert(structure_hash(entry.request.structure));
        }
        return hashes;
    }
    // All that is decided: the summary's comparison and the picks of every line, times left out.
    std::vector<std::string> outcome(const std::string& run) const {
        const CampaignLayout layout(folder_ / run);
        Json summary = read_json(layout.summary())["control"];
        for (Json& arm : summary["arms"]) {
            for (Json& row : arm["cycles"]) {
                row.erase("seconds");
            }
        }
        std::vector<std::string> texts{summary.dump()};
        for (const char* name : {"control-1", "control-2"}) {
            for (int cycle = 1; cycle <= 2; ++cycle) {
                texts.push_back(read_file(layout.of_arm(name).picks(cycle)));
                texts.push_back(read_file(training_files(layout.of_arm(name).train(cycle)).train));
                texts.push_back(read_file(layout.of_arm(name).model(cycle)));
            }
        }
        return texts;
    }
};

TEST_F(ControlledCampaign, spends_as_many_labels_on_each_control_and_trains_it_on_its_own) {
    ASSERT_EQ(run().code, 0);
    const Json compared = control();
    ASSERT_THAT(compared["arms"], SizeIs(2));
    ASSERT_THAT(compared["cycles"], SizeIs(3));
    EXPECT_EQ(compared["cycles"][2]["own_labels_total"], 8);
    EXPECT_EQ(compared["cycles"][2]["control_labels_total"]["lowest"], 8.0);
    for (int number = 1; number <= 2; ++number) {
        const std::set<std::string> own = structures_for("control-" + std::to_string(number));
        EXPECT_THAT(own, SizeIs(8));
        const auto trained = read_extxyz(training_files(arm(number).train(2)).train).frames;
        EXPECT_THAT(trained, SizeIs(8));
        for (const Frame& frame : trained) {
            EXPECT_TRUE(own.contains(structure_hash(frame.structure)));
        }
        // From candidates of the campaign's walkers, and with models of its own.
        const Json task = read_json(task_files(arm(number).select(2)).task);
        EXPECT_EQ(task["data"], layout_->candidates(2).string());
        EXPECT_EQ(task["strategy"], "uniform");
        EXPECT_EQ(read_json(task_files(arm(number).train(1)).task)["model"], layout_->start_model().string());
        EXPECT_EQ(read_json(task_files(arm(number).train(2)).task)["model"], arm(number).model(1).string());
    }
    EXPECT_NE(read_file(arm(1).picks(1)), read_file(arm(2).picks(1)));
    EXPECT_EQ(launches("md ").size(), 6U) << "no walker is run for a control";
}

TEST_F(ControlledCampaign, has_the_same_picks_and_labels_of_its_own_as_without_controls) {
    ASSERT_EQ(run().code, 0);
    const auto with = picks();
    config_.erase("control");
    write_json(folder_ / "campaign.json", config_);
    ASSERT_EQ(fibonaqi({"run", "campaign.json", "--dir", "alone"}).code, 0);
    const CampaignLayout alone(folder_ / "alone");
    for (int cycle = 0; cycle <= 2; ++cycle) {
        EXPECT_EQ(read_file(alone.picks(cycle)), with[static_cast<std::size_t>(cycle)]);
    }
    EXPECT_TRUE(read_json(alone.summary())["control"].is_null());
    EXPECT_EQ(status()["labels_total"], 8) << "labels of controls are not the campaign's";
}

TEST_F(ControlledCampaign, pays_once_for_a_frame_that_several_lines_choose) {
    set("/select", Json{{"batch", 20}, {"ratio", 1.0}});  // all candidates, in all lines
    ASSERT_EQ(run().code, 0);
    EXPECT_EQ(launches("pw ").size(), 44U);
    const Json compared = control();
    EXPECT_EQ(compared["shared_labels"], 40);
    EXPECT_EQ(compared["cycles"][2]["own_labels_total"], 40);
    EXPECT_EQ(compared["cycles"][2]["control_labels_total"]["mean"], 40.0);
}

TEST_F(ControlledCampaign, is_judged_in_the_table_the_status_and_the_report) {
    const Said said = run();
    ASSERT_EQ(said.code, 0) << said.err;
    EXPECT_THAT(said.out,
                AllOf(HasSubstr("control: uniform, 2 seeds"), HasSubstr("no difference beyond the spread")));
    EXPECT_THAT(fibonaqi({"status", "run"}).out, HasSubstr("control: uniform, 2 seeds"));
    const Json status = this->status();
    EXPECT_EQ(status["control"]["cycles"], control()["cycles"]);
    EXPECT_THAT(read_file(layout_->report()),
                AllOf(HasSubstr("id=\"control\""), HasSubstr("no difference beyond the spread")));
}

TEST_F(ControlledCampaign, killed_ends_like_one_that_was_left_alone) {
    ASSERT_EQ(fibonaqi({"run", "campaign.json", "--dir", "whole"}).code, 0);
    const std::size_t labels = launches("pw ").size();
    std::filesystem::remove(folder_ / "launches");
    environment_["FAKE_MS"] = "100";
    KeyedRng random(11, "kills of controls");
    int kills_of_controls = 0;
    for (int kill = 0; kill < 8; ++kill) {
        Subprocess engine(spec({"run", "campaign.json", "--dir", "run"}));
        std::this_thread::sleep_for(std::chrono::milliseconds(300 + random.below(900)));
        engine.signal_group(SIGKILL);
        const bool was_at_work = engine.wait().signaled;
        kills_of_controls += was_at_work && std::filesystem::exists(arm(1).select(1)) ? 1 : 0;
    }
    EXPECT_GT(kills_of_controls, 0);
    environment_.erase("FAKE_MS");
    const Said said = resume();
    ASSERT_EQ(said.code, 0) << said.err;
    const auto whole = outcome("whole"), killed = outcome("run");
    for (std::size_t i = 0; i < whole.size(); ++i) {
        EXPECT_EQ(killed[i], whole[i]) << i;
    }
    const std::vector<std::string> launched = launches("pw ");
    EXPECT_EQ(launched.size(), labels) << "a label that was under way goes on and is taken over";
    EXPECT_EQ(std::set<std::string>(launched.begin(), launched.end()).size(), labels);
}

TEST_F(ControlledCampaign, stopped_in_the_labels_of_a_control_goes_on_from_there) {
    environment_["FAKE_MS"] = "150";
    Subprocess engine(spec({"run", "campaign.json", "--dir", "run"}, "engine"));
    const auto label = arm(1).picks(1);
    for (int i = 0; i < 2000 && !std::filesystem::exists(label); ++i) {
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    engine.signal_group(SIGINT);
    EXPECT_EQ(engine.wait().code, 5);
    EXPECT_EQ(status()["state"], "stopped");
    environment_.erase("FAKE_MS");
    ASSERT_EQ(resume().code, 0);
    ASSERT_EQ(fibonaqi({"run", "campaign.json", "--dir", "whole"}).code, 0);
    EXPECT_EQ(outcome("run"), outcome("whole"));
}

TEST_F(ControlledCampaign, with_wrong_keys_is_refused_and_can_not_begin_later) {
    set("/control/seed", 3);
    EXPECT_THAT(run().err, AllOf(HasSubstr("control.seed: unknown key"), HasSubstr("'seeds'")));
    set("/control", Json{{"strategy", "unifrm"}});
    EXPECT_THAT(run().err, HasSubstr("control.strategy"));
    set("/control", Json{{"strategy", "uniform"}, {"seeds", 0}});
    EXPECT_THAT(run().err, HasSubstr("control.seeds"));
    EXPECT_FALSE(exists("run"));
    set("/control", nullptr);
    ASSERT_EQ(run().code, 0);
    set("/control", Json{{"strategy", "uniform"}});
    const Said said = run();
    EXPECT_EQ(said.code, 2);
    EXPECT_THAT(said.err, HasSubstr("was begun with other settings (control"));
}

}  // namespace
}  // namespace fibonaqi::test
