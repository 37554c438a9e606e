// A whole campaign, from the file to the report.
#include <set>

#include "fibonaqi/atoms/extxyz.hpp"
#include "fibonaqi/data/ledger.hpp"

#include "tests/campaign/fake_campaign.hpp"
#include "tests/support/silicon.hpp"

namespace fibonaqi::test {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Lt;
using ::testing::SizeIs;

class WholeCampaign : public FakeCampaign {};

TEST_F(WholeCampaign, ends_with_a_table_and_a_report) {
    const Said said = run();
    ASSERT_EQ(said.code, 0) << said.err;
    EXPECT_THAT(said.out, AllOf(HasSubstr("cycle  candidates  selected  labelled  failed  force RMSE"),
                                HasSubstr("report: " + layout_->report().string())));
    EXPECT_THAT(said.err, AllOf(HasSubstr("test set, label: 4 labels, 0 failed"),
                                HasSubstr("cycle 1/2, explore: 20 candidates from 2 walkers"),
                                HasSubstr("cycle 2/2, train: promoted")));
    EXPECT_THAT(read_file(layout_->report()), HasSubstr("</html>"));
    EXPECT_TRUE(exists("run/models/cycle-002.safetensors"));
    EXPECT_FALSE(exists("run/progress.json")) << "nothing is in progress any more";
}

TEST_F(WholeCampaign, is_what_the_status_says_it_is) {
    ASSERT_EQ(run().code, 0);
    const Json status = this->status();
    EXPECT_EQ(status["state"], "finished");
    EXPECT_EQ(status["labels_total"], 8);
    ASSERT_THAT(status["cycles"], SizeIs(3));
    double last = 1.0e9;
    for (const Json& cycle : status["cycles"]) {
        std::vector<std::string> keys;
        for (const auto& [key, value] : cycle.items()) {
            keys.push_back(key);
        }
        EXPECT_EQ(keys, (std::vector<std::string>{"cycle", "candidates", "selected", "labelled", "failed",
                                                  "test_force_rmse_eV_per_A", "test_energy_rmse_eV_per_atom",
                                                  "pretrained_force_rmse_eV_per_A", "seconds"}));
        EXPECT_THAT(cycle["seconds"], SizeIs(4));
        EXPECT_THAT(cycle["test_force_rmse_eV_per_A"].get<double>(), Lt(last)) << "more labels, better model";
        last = cycle["test_force_rmse_eV_per_A"].get<double>();
        const bool is_test = cycle["cycle"] == 0;
        EXPECT_EQ(cycle["candidates"], is_test ? 0 : 20);
        EXPECT_EQ(cycle["selected"], is_test ? 0 : 4);
        EXPECT_EQ(cycle["labelled"], is_test ? 0 : 4);
        // Right to rounding once the shift of 1 eV per atom is taken off, in cycle 0 as well.
        EXPECT_NEAR(cycle["test_energy_rmse_eV_per_atom"].get<double>(), 0.0, 1.0e-9);
    }
    EXPECT_TRUE(status["cycles"][0]["seconds"]["train"].is_null());
    EXPECT_GE(status["cycles"][1]["seconds"]["md"].get<double>(), 0.0);
}

TEST_F(WholeCampaign, pays_for_every_label_once_and_for_the_test_set_first) {
    ASSERT_EQ(run().code, 0);
    const std::vector<std::string> labels = launches("pw ");
    EXPECT_THAT(labels, SizeIs(12));
    EXPECT_THAT(std::set<std::string>(labels.begin(), labels.end()), SizeIs(12));
    // The held-out set is labelled before any other, and is in no training file.
    const Ledger ledger(layout_->ledger(), Ledger::Access::read);
    std::set<std::string> test, trained;
    for (const LedgerEntry& entry : ledger.entries({})) {
        (entry.origin->purpose == "test" ? test : trained).insert(structure_hash(entry.request.structure));
    }
    ASSERT_THAT(test, SizeIs(4));
    for (const std::string& line : {labels[0], labels[1], labels[2], labels[3]}) {
        EXPECT_TRUE(test.contains(line.substr(3)));
    }
    for (const auto& file : {training_files(layout_->train(2)).train, training_files(layout_->check(2)).train,
                             training_files(layout_->check(2)).validation, layout_->labelled_before(2)}) {
        for (const Frame& frame : read_extxyz(file).frames) {
            EXPECT_FALSE(test.contains(structure_hash(frame.structure))) << file;
            EXPECT_TRUE(trained.contains(structure_hash(frame.structure))) << file;
        }
    }
}

TEST_F(WholeCampaign, begun_again_has_nothing_to_do_and_more_cycles_go_on) {
    ASSERT_EQ(run().code, 0);
    const std::size_t launched = launches("").size();
    const Json before = without_seconds(status());
    EXPECT_EQ(run().code, 0);
    EXPECT_EQ(launches("").size(), launched);
    EXPECT_EQ(without_seconds(status()), before);
    set("/cycles", 3);
    EXPECT_EQ(run().code, 0);
    EXPECT_EQ(status()["labels_total"], 12);
    EXPECT_EQ(launches("pw ").size(), 16U);
}

TEST_F(WholeCampaign, repeats_itself_with_the_same_seed_and_not_with_another) {
    ASSERT_EQ(run().code, 0);
    const auto first = picks();
    ASSERT_EQ(fibonaqi({"run", "campaign.json", "--dir", "second"}).code, 0);
    EXPECT_EQ(read_file(folder_ / "second/cycle-002/picks.xyz"), first[2]);
    set("/seed", 2);
    ASSERT_EQ(fibonaqi({"run", "campaign.json", "--dir", "third"}).code, 0);
    EXPECT_NE(read_file(folder_ / "third/cycle-002/picks.xyz"), first[2]);
}

TEST_F(WholeCampaign, shows_where_the_picks_stood_unless_nothing_was_looked_at_or_the_file_is_gone) {
    ASSERT_EQ(run().code, 0);
    const Json maps = read_json(layout_->summary())["maps"];
    ASSERT_THAT(maps, SizeIs(2));
    EXPECT_EQ(maps[1]["cycle"], 2);
    EXPECT_THAT(maps[1]["candidates"]["x"], SizeIs(20));
    EXPECT_EQ(maps[1]["picks"]["order"], (Json{0, 1, 2, 3}));
    EXPECT_THAT(maps[0]["labelled"]["x"], SizeIs(0));
    EXPECT_THAT(maps[1]["labelled"]["x"], SizeIs(4));
    // The stand-in puts each candidate at its number.
    std::vector<double> ids;
    for (const Frame& frame : read_extxyz(layout_->picks(2)).frames) {
        ids.push_back(static_cast<double>(std::get<long>(frame.info.at("selection_id"))));
    }
    EXPECT_EQ(maps[1]["picks"]["x"].get<std::vector<double>>(), ids);
    std::filesystem::remove(task_files(layout_->select(1)).result);
    ASSERT_EQ(fibonaqi({"report", "run"}).code, 0);
    EXPECT_THAT(read_json(layout_->summary())["maps"], SizeIs(1));

    set("/select/strategy", "uniform");
    ASSERT_EQ(fibonaqi({"run", "campaign.json", "--dir", "uniform"}).code, 0);
    EXPECT_THAT(read_json(folder_ / "uniform/summary.json")["maps"], SizeIs(0));
}

TEST_F(WholeCampaign, keeps_a_model_that_training_has_spoilt_out_of_use) {
    environment_["FAKE_TRAIN_SPOILS"] = "yes";
    set("/select/batch", 8);
    set("/select/ratio", 0.5);
    const Said said = run();
    ASSERT_EQ(said.code, 0) << said.err;
    EXPECT_THAT(said.err, HasSubstr("cycle 1/2, train: not promoted"));
    const Json cycles = status()["cycles"];
    EXPECT_EQ(cycles[1]["test_force_rmse_eV_per_A"], cycles[0]["test_force_rmse_eV_per_A"]);
    const Json task = read_json(task_files(layout_->walker(2, 0)).task);
    EXPECT_EQ(task["model"], layout_->start_model().string()) << "the next cycle explores with the old one";
    EXPECT_THAT(read_file(layout_->report()), HasSubstr("was not promoted"));
}

TEST_F(WholeCampaign, judges_a_training_by_new_labels_and_then_trains_on_all) {
    set("/select/batch", 8);
    set("/select/ratio", 0.5);
    ASSERT_EQ(run().code, 0);
    const auto hashes = [](const std::filesystem::path& file) {
        std::set<std::string> found;
        for (const Frame& frame : read_extxyz(file).frames) {
            found.insert(structure_hash(frame.structure));
        }
        return found;
    };
    const auto earlier = hashes(training_files(layout_->train(1)).train);
    const auto all = hashes(training_files(layout_->train(2)).train);
    const auto checked_with = hashes(training_files(layout_->check(2)).train);
    const auto judges = hashes(training_files(layout_->check(2)).validation);
    EXPECT_THAT(all, SizeIs(16));
    EXPECT_THAT(judges, SizeIs(3)) << "0.4 of 8";
    EXPECT_EQ(checked_with.size() + judges.size(), all.size());
    for (const std::string& judge : judges) {
        EXPECT_FALSE(earlier.contains(judge)) << "the model in use was trained on a frame that judges it";
        EXPECT_FALSE(checked_with.contains(judge));
    }
    EXPECT_FALSE(std::filesystem::exists(training_files(layout_->train(2)).validation));
    EXPECT_FALSE(std::filesystem::exists(layout_->check_model(2))) << "only its errors are wanted";
    EXPECT_TRUE(std::filesystem::exists(layout_->model(2)));
}

TEST_F(WholeCampaign, keeps_a_model_that_fails_a_check_of_its_physics_out_of_use) {
    environment_["FAKE_PHYSICS_FAILS"] = "yes";
    const Said said = run();
    ASSERT_EQ(said.code, 0) << said.err;
    EXPECT_THAT(said.err, HasSubstr("cycle 1/2, train: not promoted"));
    const Json task = read_json(task_files(layout_->physics(1)).task);
    EXPECT_EQ(task["model"], layout_->model(1).string());
    EXPECT_EQ(task["previous"], layout_->start_model().string());
    EXPECT_EQ(task["limits"]["repulsive_to"], 0.6);
    EXPECT_EQ(read_json(task_files(layout_->walker(2, 0)).task)["model"], layout_->start_model().string());
    EXPECT_THAT(read_file(layout_->report()),
                HasSubstr("its physics failed a check (dimer Si-Si: repulsive down to 0.89 A)"));
}

TEST_F(WholeCampaign, without_a_gate_asks_nothing_about_physics) {
    environment_["FAKE_PHYSICS_FAILS"] = "yes";
    set("/physics/gate", false);
    const Said said = run();
    ASSERT_EQ(said.code, 0) << said.err;
    EXPECT_THAT(said.err, HasSubstr("cycle 1/2, train: promoted"));
    EXPECT_FALSE(std::filesystem::exists(layout_->physics(1)));
}

TEST_F(WholeCampaign, replays_frames_of_the_user_and_of_its_own_md) {
    Frame given;
    given.structure = two_silicon_atoms(0.1).structure;
    write_extxyz(folder_ / "pretrained.xyz", {given, given});
    set("/pretrained", Json{{"replay", "pretrained.xyz"}, {"md_frames", 3}});
    const Said said = run();
    ASSERT_EQ(said.code, 0) << said.err;
    std::filesystem::remove(folder_ / "pretrained.xyz");  // the campaign has a copy
    const Json task = read_json(task_files(layout_->train(2)).task);
    EXPECT_EQ(task["initial_model"], layout_->start_model().string());
    EXPECT_FALSE(task.contains("forgetting"));
    const std::vector<Frame> replay = read_extxyz(task["replay"].get<std::string>()).frames;
    ASSERT_EQ(replay.size(), 5u);
    EXPECT_EQ(structure_hash(replay[1].structure), structure_hash(given.structure));
    std::set<std::string> test_set;
    const std::vector<Frame> picks = read_extxyz(layout_->picks(0)).frames;
    for (const Frame& frame : picks) {
        test_set.insert(structure_hash(frame.structure));
    }
    for (std::size_t i = 2; i < 5; ++i) {
        EXPECT_EQ(replay[i].info.count("walker"), 1u);
        EXPECT_FALSE(test_set.contains(structure_hash(replay[i].structure))) << i;
    }
    EXPECT_THAT(said.out, HasSubstr("force RMSE on the pretrained domain, eV/A: 0.3000 in cycle 1, 0.3000"));
}

TEST_F(WholeCampaign, says_that_a_model_forgets_and_refuses_it_where_that_is_wanted) {
    environment_["FAKE_FORGETS"] = "yes";
    Frame given;
    given.structure = two_silicon_atoms(0.1).structure;
    write_extxyz(folder_ / "pretrained.xyz", {given});
    set("/pretrained", Json{{"forgetting", "pretrained.xyz"}});
    Said said = run();
    ASSERT_EQ(said.code, 0) << said.err;
    EXPECT_THAT(said.err, HasSubstr("cycle 1/2, train: promoted, forgets"));
    EXPECT_THAT(said.err, HasSubstr("the new model forgets what the starting model was good at: force RMSE"));
    EXPECT_EQ(read_json(task_files(layout_->train(1)).task)["forgetting"], layout_->forgetting().string());
    EXPECT_THAT(read_file(layout_->report()), HasSubstr("Pretrained domain, model of cycle 1: force RMSE"));

    set("/pretrained/gate", "refuse");
    layout_ = std::make_unique<CampaignLayout>(folder_ / "other");
    said = fibonaqi({"run", "campaign.json", "--dir", "other"});
    ASSERT_EQ(said.code, 0) << said.err;
    EXPECT_THAT(said.err, HasSubstr("cycle 1/2, train: not promoted, forgets"));
    EXPECT_THAT(read_file(layout_->report()), HasSubstr("it forgets what the starting model was good at"));
}

TEST_F(WholeCampaign, finds_wrong_frames_of_the_pretrained_domain_before_anything_is_computed) {
    set("/pretrained", Json{{"replay", "nowhere.xyz"}});
    EXPECT_THAT(run().err, HasSubstr("pretrained.replay: "));
    Frame given;
    given.structure = two_silicon_atoms(0.1).structure;
    given.structure.atomic_numbers[1] = 79;
    write_extxyz(folder_ / "gold.xyz", {given});
    set("/pretrained", Json{{"forgetting", "gold.xyz"}});
    EXPECT_THAT(run().err, HasSubstr("pretrained.forgetting: frame 0 has Au"));
}

TEST_F(WholeCampaign, without_labels_to_judge_by_promotes_every_model) {
    environment_["FAKE_TRAIN_SPOILS"] = "yes";
    set("/validation/share", 0);
    const Said said = run();
    ASSERT_EQ(said.code, 0) << said.err;
    EXPECT_THAT(said.err, HasSubstr("cycle 1/2, train: promoted"));
    EXPECT_FALSE(std::filesystem::exists(layout_->check(1)));
}

TEST_F(WholeCampaign, runs_by_default_in_a_folder_of_its_name) {
    ASSERT_EQ(fibonaqi({"run", "campaign.json"}).code, 0);
    EXPECT_TRUE(exists("runs/fake/report.html"));
}

TEST_F(WholeCampaign, draws_its_report_again) {
    ASSERT_EQ(run().code, 0);
    std::filesystem::remove(layout_->report());
    const Said said = fibonaqi({"report", "run"});
    EXPECT_EQ(said.code, 0);
    EXPECT_EQ(said.out, layout_->report().string() + "\n");
    EXPECT_THAT(read_file(layout_->report()), HasSubstr("Where the labels came from"));
}

}  // namespace
}  // namespace fibonaqi::test
