// `fibonaqi train` and the worker behind it, on a small model: what is read, refused, written and recorded.
#include <csignal>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fibonaqi/atoms/extxyz.hpp"
#include "fibonaqi/base/error.hpp"
#include "fibonaqi/base/hash.hpp"
#include "fibonaqi/base/json.hpp"
#include "fibonaqi/nn/network_potential.hpp"

#include "tests/support/command_run.hpp"
#include "tests/support/labelled_frames.hpp"
#include "tests/support/tiny_model.hpp"

namespace fibonaqi {
namespace {

using testing::HasSubstr;

class TrainCommand : public testing::Test {
  protected:
    TrainCommand() {
        write_model_file(folder_ / "tiny.safetensors", test::tiny_model());
        write_extxyz(folder_ / "labels.xyz", test::labelled_frames(12));
        settings_ = Json{{"epochs", 8}, {"batch", 3}, {"learning_rate", 0.01}};
        file_ = Json{{"model", "tiny.safetensors"},
                     {"train", "labels.xyz"},
                     {"output", "tuned.safetensors"},
                     {"validation_share", 0.25},
                     {"seed", 3}};
    }

    test::CommandResult train(const std::vector<std::string>& more = {}) {
        Json file = file_;
        file["settings"] = settings_;
        write_json(folder_ / "T.json", file);
        std::vector<std::string> arguments{"train", "T.json", "--json", "R.json"};
        arguments.insert(arguments.end(), more.begin(), more.end());
        return test::run_command(folder_, "fibonaqi", arguments);
    }
    bool is_written() const { return std::filesystem::exists(folder_ / "tuned.safetensors"); }
    ModelCard trained_card() const { return read_model_file(folder_ / "tuned.safetensors").card; }

    test::TemporaryFolder folder_;
    Json file_, settings_;
};

TEST_F(TrainCommand, writes_a_better_model_that_says_where_it_comes_from) {
    const auto command = train();
    ASSERT_EQ(command.code, 0) << command.err;
    EXPECT_THAT(command.err, HasSubstr("labels.xyz: 12 frames"));
    EXPECT_THAT(command.err, HasSubstr("E0 shifted by"));
    EXPECT_THAT(command.out, HasSubstr("validation force RMSE: "));
    EXPECT_THAT(command.out, HasSubstr("errors on the validation frames, after:"));
    EXPECT_THAT(command.out, HasSubstr("  on Mg"));
    const Json result = read_json(folder_ / "R.json");
    EXPECT_EQ(result.at("train_frames"), 9);
    EXPECT_EQ(result.at("validation_frames"), 3);
    EXPECT_EQ(result.at("epochs"), 8);
    EXPECT_EQ(result.at("steps"), 24);
    EXPECT_EQ(result.at("curve").size(), 8u);
    EXPECT_EQ(result.at("times_trained"), Json(std::vector<int>(9, 8)));
    EXPECT_EQ(result.at("improved"), true);
    const auto rmse = [&](const char* when) {
        return result.at("validation").at(when).at("forces").at("rmse_eV_per_A").get<double>();
    };
    EXPECT_LT(rmse("after"), 0.9 * rmse("before"));

    EXPECT_EQ(result.at("sha256"), sha256_of_file(folder_ / "tuned.safetensors"));
    const ModelCard card = trained_card(), parent = test::tiny_model().card;
    EXPECT_EQ(card.parent_sha256, sha256_of_file(folder_ / "tiny.safetensors"));
    EXPECT_EQ(card.dtype, parent.dtype);
    EXPECT_EQ(card.provenance.at("source"), parent.provenance.at("source"));
    const Json& entry = card.provenance.at("training")[0];
    EXPECT_EQ(entry.at("data").at("train").at("sha256"), sha256_of_file(folder_ / "labels.xyz"));
    EXPECT_EQ(entry.at("settings").at("learning_rate"), 0.01);
    EXPECT_EQ(entry.at("validation"), result.at("validation"));
    // One composition: the offset is shared by all atoms, and the smallest shifts are equal for 4 O and
    // unequal numbers of the others; their sum over the atoms is what the labels fix.
    const Json& shifts = result.at("e0_shift_eV");
    EXPECT_EQ(card.provenance.at("e0_fit").at("elements"), Json({"Mg", "O", "Si"}));
    EXPECT_TRUE(card.provenance.at("e0_fit").at("rank_deficient").get<bool>());
    EXPECT_NEAR(4.0 * shifts.at("O").get<double>() + 3.0 * shifts.at("Mg").get<double>() +
                    3.0 * shifts.at("Si").get<double>(),
                10.0 * test::energy_offset, 20.0);
}

TEST_F(TrainCommand, holds_layers_and_adds_low_rank_updates_to_the_others) {
    settings_["freeze"] = Json{{"layers", 1}, {"patterns", {"readouts.0.*"}}};
    settings_["lora"] = Json{{"rank", 2}};
    const auto command = train();
    ASSERT_EQ(command.code, 0) << command.err;
    EXPECT_THAT(command.out, HasSubstr("rank 2 updates of "));
    EXPECT_EQ(read_json(folder_ / "R.json").at("improved"), true);
    const ModelFile before = test::tiny_model(), after = read_model_file(folder_ / "tuned.safetensors");
    std::set<std::string> moved;
    for (const auto& [name, tensor] : before.tensors) {
        if (after.tensors.at(name).data != tensor.data) {
            moved.insert(name);
        }
    }
    EXPECT_TRUE(moved.contains("interactions.1.linear_up.weight"));
    EXPECT_TRUE(moved.contains("readouts.1.linear_2.weight"));
    EXPECT_FALSE(moved.contains("interactions.0.linear_up.weight"));
    EXPECT_FALSE(moved.contains("readouts.0.linear.weight"));
    EXPECT_FALSE(moved.contains("products.1.symmetric_contractions.contractions.0.weights_max"));

    settings_["freeze"] = Json{{"patterns", {"readout.0.linear.weight"}}};
    const auto refused = train();
    EXPECT_EQ(refused.code, static_cast<int>(ExitCode::usage));
    EXPECT_THAT(refused.err, HasSubstr("did you mean 'readouts.0.linear.weight'?"));
}

TEST_F(TrainCommand, replays_what_the_model_knows_and_measures_what_it_forgets) {
    std::vector<Frame> known;
    for (std::uint64_t i = 100; i < 110; ++i) {
        known.emplace_back();
        known.back().structure = test::disordered_structure(i % 2 == 0, i);
    }
    write_extxyz(folder_ / "known.xyz", known);
    settings_["epochs"] = 20;
    settings_["forgetting"] = Json{{"tolerated_force_rmse_eV_per_A", 0.001}};
    file_["forgetting"] = "known.xyz";
    const auto forgetting = train();
    ASSERT_EQ(forgetting.code, 0) << forgetting.err;
    const Json without = read_json(folder_ / "R.json").at("forgetting");
    EXPECT_THAT(forgetting.err, HasSubstr("the model forgets what it was pretrained on: force RMSE 0.0000"));
    EXPECT_THAT(forgetting.out, HasSubstr("pretrained domain: force RMSE 0.0000 before"));
    EXPECT_EQ(without.at("is_alarming"), true);
    EXPECT_EQ(without.at("frames"), 10);

    file_["replay"] = "known.xyz";
    file_.erase("forgetting");
    settings_["replay"] = Json{{"share", 0.5}};
    const auto replaying = train();
    ASSERT_EQ(replaying.code, 0) << replaying.err;
    const Json result = read_json(folder_ / "R.json");
    EXPECT_EQ(result.at("replay_per_batch"), 3);
    EXPECT_EQ(result.at("steps"), 60);
    EXPECT_EQ(result.at("forgetting").at("frames"), 2) << "a fifth is kept back";
    const auto rmse = [](const Json& one) {
        return one.at("after").at("forces").at("rmse_eV_per_A").get<double>();
    };
    EXPECT_LT(rmse(result.at("forgetting")), rmse(without));
    const Json entry = trained_card().provenance.at("training")[0];
    EXPECT_EQ(entry.at("data").at("replay").at("sha256"), sha256_of_file(folder_ / "known.xyz"));
    EXPECT_EQ(entry.at("forgetting"), result.at("forgetting"));
}

// The errors in the result are those that an evaluation of the written file finds.
TEST_F(TrainCommand, stores_the_weights_that_it_judged) {
    write_extxyz(folder_ / "validation.xyz", test::labelled_frames(4));
    file_["validation"] = "validation.xyz";
    file_["dtype"] = "float64";
    file_["store_dtype"] = "float64";
    ASSERT_EQ(train().code, 0);
    EXPECT_EQ(trained_card().dtype, "float64");
    const auto evaluation = test::run_command(
        folder_, "fibonaqi",
        {"evaluate", "--model", "tuned.safetensors", "--data", "validation.xyz", "--json", "E.json"});
    ASSERT_EQ(evaluation.code, 0) << evaluation.err;
    const Json expected = read_json(folder_ / "R.json").at("validation").at("after");
    const Json found = read_json(folder_ / "E.json");
    EXPECT_NEAR(found.at("forces").at("rmse_eV_per_A").get<double>(),
                expected.at("forces").at("rmse_eV_per_A").get<double>(), 1e-12);
    EXPECT_NEAR(found.at("energy").at("rmse_eV_per_atom").get<double>(),
                expected.at("energy").at("rmse_eV_per_atom").get<double>(), 1e-12);
}

TEST_F(TrainCommand, gives_the_same_file_twice_and_another_for_another_seed) {
    settings_["epochs"] = 2;
    settings_["selection"] = Json{{"strategy", "divbs"}, {"ratio", 0.5}};
    const auto sha256_with = [&](int seed) {
        file_["seed"] = seed;
        EXPECT_EQ(train().code, 0);
        return read_json(folder_ / "R.json").at("sha256").get<std::string>();
    };
    const std::string once = sha256_with(1);
    EXPECT_EQ(sha256_with(1), once);
    EXPECT_NE(sha256_with(2), once);
}

TEST_F(TrainCommand, fits_reference_energies_once_in_a_lineage) {
    settings_["epochs"] = 1;
    ASSERT_EQ(train().code, 0);
    EXPECT_EQ(read_json(folder_ / "R.json").at("e0_shift_eV").size(), 3u);
    std::filesystem::rename(folder_ / "tuned.safetensors", folder_ / "first.safetensors");
    file_["model"] = "first.safetensors";
    ASSERT_EQ(train().code, 0);
    EXPECT_TRUE(read_json(folder_ / "R.json").at("e0_shift_eV").empty());
    EXPECT_EQ(trained_card().provenance.at("training").size(), 2u);
    EXPECT_EQ(trained_card().parent_sha256, sha256_of_file(folder_ / "first.safetensors"));
}

TEST_F(TrainCommand, shows_that_nothing_was_better) {
    settings_["learning_rate"] = 1.0;
    settings_["epochs"] = 2;
    const auto command = train();
    ASSERT_EQ(command.code, 0) << command.err;
    EXPECT_EQ(read_json(folder_ / "R.json").at("best_epoch"), 0);
    EXPECT_THAT(command.err, HasSubstr("no epoch was better on the validation frames than the start"));
    const ModelFile parent = test::tiny_model(), trained = read_model_file(folder_ / "tuned.safetensors");
    for (const auto& [name, tensor] : parent.tensors) {
        if (name != "atomic_energies_fn.atomic_energies") {
            EXPECT_EQ(trained.tensors.at(name).data, tensor.data) << name;
        }
    }
}

// A kill of the worker loses no more than a checkpoint interval, and nobody sees from the model that it was.
TEST_F(TrainCommand, goes_on_after_a_kill_with_the_same_bits) {
    settings_ = Json::parse(R"({"epochs": 60, "batch": 2, "learning_rate": 0.01, "schedule": "plateau",
        "plateau_epochs": 1, "loss": "universal", "selection": {"strategy": "divbs", "ratio": 0.5},
        "stage_two": {"start_epoch": 20}})");
    file_["output"] = "unbroken.safetensors";
    ASSERT_EQ(train().code, 0);
    Json task = make_record("worker-task", 1);
    task["task"] = "train";
    task["result"] = (folder_ / "result.json").string();
    task["model"] = (folder_ / "tiny.safetensors").string();
    task["train"] = (folder_ / "labels.xyz").string();
    task["output"] = (folder_ / "tuned.safetensors").string();
    task["validation_share"] = 0.25;
    task["seed"] = 3;
    task["settings"] = settings_;
    task["checkpoint"] = (folder_ / "tuned.safetensors.checkpoint").string();
    task["checkpoint_minutes"] = 1e-9;
    write_json(folder_ / "task.json", task);
    ProcessSpec spec;
    spec.argv = {FIBONAQI_BIN_DIR "/fibonaqi-worker", (folder_ / "task.json").string()};
    spec.stdout_file = folder_ / "progress";
    spec.stderr_file = folder_ / "log";
    for (int kills = 0; kills < 2; ++kills) {
        Subprocess worker(spec);
        while (read_file(folder_ / "progress").find("epoch ") == std::string::npos) {
            ASSERT_FALSE(worker.wait_for(std::chrono::milliseconds(1)).has_value())
                << read_file(folder_ / "log");
        }
        worker.signal_group(SIGKILL);
        ASSERT_TRUE(worker.wait().signaled) << "it ended before it was killed";
        ASSERT_FALSE(is_written());
    }
    const auto end = Subprocess(spec).wait();
    EXPECT_EQ(end.code, 0) << read_file(folder_ / "log");
    EXPECT_THAT(read_file(folder_ / "log"), HasSubstr("going on with the training at epoch"));
    EXPECT_EQ(sha256_of_file(folder_ / "tuned.safetensors"),
              sha256_of_file(folder_ / "unbroken.safetensors"));
    EXPECT_FALSE(std::filesystem::exists(folder_ / "tuned.safetensors.checkpoint"));
}

TEST_F(TrainCommand, goes_on_when_it_is_started_again_unless_told_to_restart) {
    file_["checkpoint_epochs"] = 1;
    ASSERT_EQ(train().code, 0);
    EXPECT_FALSE(std::filesystem::exists(folder_ / "tuned.safetensors.checkpoint"));
    write_file_atomically(folder_ / "tuned.safetensors.checkpoint", "damaged");
    EXPECT_NE(train().code, 0);
    const auto again = test::run_command(folder_, "fibonaqi", {"train", "T.json", "--restart"});
    EXPECT_EQ(again.code, 0) << again.err;
}

// The campaign repeats a stage whose worker died; what it must never see is half a model.
TEST_F(TrainCommand, leaves_nothing_behind_when_it_is_killed) {
    Json task = make_record("worker-task", 1);
    task["task"] = "train";
    task["result"] = (folder_ / "result.json").string();
    task["model"] = (folder_ / "tiny.safetensors").string();
    task["train"] = (folder_ / "labels.xyz").string();
    task["output"] = (folder_ / "tuned.safetensors").string();
    task["settings"] = Json{{"epochs", 1000000}};
    write_json(folder_ / "task.json", task);
    ProcessSpec spec;
    spec.argv = {FIBONAQI_BIN_DIR "/fibonaqi-worker", (folder_ / "task.json").string()};
    spec.stdout_file = folder_ / "progress";
    spec.stderr_file = folder_ / "log";
    Subprocess worker(spec);
    while (read_file(folder_ / "progress").find("epoch ") == std::string::npos) {
        ASSERT_FALSE(worker.wait_for(std::chrono::milliseconds(20)).has_value())
            << read_file(folder_ / "log");
    }
    worker.signal_group(SIGKILL);
    EXPECT_TRUE(worker.wait().signaled);
    std::set<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(folder_.path())) {
        names.insert(entry.path().filename().string());
    }
    EXPECT_EQ(names,
              (std::set<std::string>{"labels.xyz", "log", "progress", "task.json", "tiny.safetensors"}));
}

TEST_F(TrainCommand, explains_wrong_input_and_writes_nothing) {
    const auto fails_with = [&](int code, const std::string& message) {
        const auto command = train();
        EXPECT_EQ(command.code, code) << command.err;
        EXPECT_THAT(command.err, HasSubstr(message));
        EXPECT_FALSE(is_written());
    };
    const Json file = file_, settings = settings_;
    settings_["epoch"] = 3;
    fails_with(2, "T.json:11: settings.epoch: unknown key; did you mean 'epochs'?");
    settings_ = settings;
    file_["output"] = "nowhere/tuned.safetensors";
    fails_with(2, "cannot be written");
    file_ = file;
    file_["output"] = "tiny.safetensors";
    fails_with(2, "output is the model itself");
    file_ = file;
    file_["train"] = "absent.xyz";
    fails_with(2, "absent.xyz");
    file_ = file;
    file_["model"] = "absent.safetensors";
    fails_with(2, "absent.safetensors");
    file_ = file;
    file_["validation_share"] = 0;
    std::vector<Frame> frames = test::labelled_frames(3);
    frames[1].structure.atomic_numbers[0] = 79;
    write_extxyz(folder_ / "labels.xyz", frames);
    fails_with(2, "training frame 1: model 'tiny' does not know element Au");
    frames = test::labelled_frames(3);
    frames[2].labels = {};
    write_extxyz(folder_ / "labels.xyz", frames);
    fails_with(2, "training frame 2: no energy, forces or stress");
    frames = test::labelled_frames(3);
    for (Frame& frame : frames) {
        frame.info["walker"] = 0L;
        frame.info["reason"] = std::string("harvest");
    }
    write_extxyz(folder_ / "labels.xyz", frames, {""});
    fails_with(2, "frame 0 was written by an MD run");
    const auto nothing = test::run_command(folder_, "fibonaqi", {"train"});
    EXPECT_EQ(nothing.code, 2);
    EXPECT_THAT(nothing.err, HasSubstr("'fibonaqi train --example' prints one"));
}

TEST_F(TrainCommand, trains_with_several_seeds_and_draws_their_curves) {
    settings_["selection"] = {{"strategy", "divbs"}, {"ratio", 0.5}, {"schedule", "linear"}};
    const auto command = train({"--seeds", "3:4", "--curve", "curve"});
    ASSERT_EQ(command.code, 0) << command.err;
    EXPECT_THAT(command.out, testing::AllOf(HasSubstr("2 seeds: mean and standard deviation"),
                                            HasSubstr("chosen most often: "), HasSubstr("wrote curve.csv")));
    EXPECT_FALSE(is_written());
    const Json seeds = read_json(folder_ / "R.json").at("seeds");
    ASSERT_EQ(seeds.size(), 2u);
    EXPECT_EQ(seeds[1].at("seed"), 4);
    const std::string first = read_file(folder_ / "tuned.seed3.safetensors");
    EXPECT_NE(first, read_file(folder_ / "tuned.seed4.safetensors"));
    const std::string table = read_file(folder_ / "curve.csv");
    EXPECT_THAT(table, testing::StartsWith("seed,epoch,stage,effective_epochs,seconds,"));
    EXPECT_EQ(std::count(table.begin(), table.end(), '\n'), 1 + 2 * 8);
    for (const char* name : {"curve.frames.svg", "curve.seconds.svg"}) {
        EXPECT_THAT(read_file(folder_ / name),
                    testing::AllOf(testing::StartsWith("<svg xmlns="), HasSubstr(">seed 4</text>")));
    }
    ASSERT_EQ(train().code, 0);
    EXPECT_EQ(read_file(folder_ / "tuned.safetensors"), first) << "the file's own seed is 3";
    EXPECT_THAT(train({"--seeds", "4:3"}).err, HasSubstr("seeds '4:3' (FIRST:LAST is expected"));
}

TEST_F(TrainCommand, prints_an_example_that_only_needs_its_files) {
    const auto example = test::run_command(folder_, "fibonaqi", {"train", "--example"});
    ASSERT_EQ(example.code, 0) << example.err;
    write_file_atomically(folder_ / "T.json", example.out);
    const auto command = test::run_command(folder_, "fibonaqi", {"train", "T.json"});
    EXPECT_EQ(command.code, 2);
    EXPECT_THAT(command.err, testing::Not(HasSubstr("T.json"))) << "the example itself is wrong";
    const auto schema = test::run_command(folder_, "fibonaqi", {"train", "--schema"});
    EXPECT_EQ(parse_json(schema.out, "schema").at("properties").at("settings").at("type"), "object");
}

}  // namespace
}  // namespace fibonaqi
