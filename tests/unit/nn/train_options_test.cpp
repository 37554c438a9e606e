#include "fibonaqi/nn/train_options.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fibonaqi/base/error.hpp"

namespace fibonaqi::nn {
namespace {

using testing::HasSubstr;

std::string problem_with(const std::string& text) {
    try {
        (void)checked_train_file(text, "T.json");
    } catch (const ConfigError& error) {
        return error.what();
    }
    return "no problem";
}

std::string file_with(const std::string& settings) {
    return "{\n  // comments are allowed\n  \"model\": \"m\",\n  \"train\": \"a.xyz\",\n  \"output\": "
           "\"b.safetensors\",\n"
           "  \"settings\": {\n    " +
           settings + "\n  }\n}\n";
}

TEST(TrainOptions, have_the_defaults_of_the_method) {
    const TrainOptions options = train_options_from_json(checked_train_settings(Json::object(), "settings"));
    EXPECT_EQ(options.weights.energy, 1.0);
    EXPECT_EQ(options.weights.force, 100.0);
    EXPECT_EQ(options.weights.stress, 0.0);
    EXPECT_EQ(options.normalisation, ForceNormalisation::batch_atoms);
    EXPECT_EQ(options.clip_norm, 10.0);
    EXPECT_EQ(options.e0, E0Policy::once);
    EXPECT_EQ(options.selection.strategy, "uniform");
    EXPECT_EQ(options.selection.ratio, 1.0);
    EXPECT_TRUE(options.selection.options.empty());
    EXPECT_GT(options.epochs, 0u);
    EXPECT_GT(options.batch, 0u);
}

// A value of its own for every key.
const Json& every_key() {
    static const Json given = Json::parse(R"({
        "epochs": 7, "batch": 3, "chunk_atoms": 11, "learning_rate": 0.02, "amsgrad": false,
        "schedule": "plateau", "warmup_steps": 13, "lowest_rate_fraction": 0.1, "plateau_epochs": 4,
        "plateau_factor": 0.25, "lr_decay": 0.8, "weight_decay": 1e-6, "clip_norm": 2.5,
        "average_decay": 0.9, "early_stop_epochs": 6, "effective_epochs": 6, "max_frames": 1000,
        "max_minutes": 12, "loss": "universal", "huber_delta": 0.02,
        "energy_weight": 2, "force_weight": 3, "stress_weight": 4, "force_normalisation": "per_structure",
        "e0": "never",
        "stage_two": {"start_epoch": 5, "learning_rate": 2e-4, "energy_weight": 20, "force_weight": 30,
                      "stress_weight": 40},
        "selection": {"strategy": "loss", "options": {"pick": "rank", "epochs": 9}, "ratio": 0.5, "schedule": "linear", "end_ratio": 0.75,
                      "warmup_epochs": 1, "final_epochs": 2, "losses": "stored",
                      "refresh_epochs": 3,
                      "last_layer": "readouts", "normalise_rows": false, "clip_norm": 0.9, "kept_epochs": 1,
                      "student": 0, "shortlist": 0},
        "freeze": {"layers": 1, "patterns": ["*.bias"]}, "lora": {"rank": 2, "alpha": 3.5},
        "replay": {"share": 0.4, "labels": "file"},
        "forgetting": {"factor": 3, "tolerated_force_rmse_eV_per_A": 0.2, "labels": "file"}})");
    return given;
}

TEST(TrainOptions, carry_every_key) {
    const Json values = checked_train_settings(every_key(), "settings");
    EXPECT_EQ(values, every_key()) << "a key is missing in this test";
    const TrainOptions options = train_options_from_json(values);
    EXPECT_EQ(options.epochs, 8u) << "1 + 0.5 + ... + 0.75 + 1 + 1 are 6.125 effective epochs";
    EXPECT_EQ(options.batch, 3u);
    EXPECT_EQ(options.chunk_atoms, 11u);
    EXPECT_EQ(options.schedule.kind, ScheduleKind::plateau);
    EXPECT_EQ(options.schedule.learning_rate, 0.02);
    EXPECT_EQ(options.schedule.warmup_steps, 13u);
    EXPECT_EQ(options.schedule.lowest_fraction, 0.1);
    EXPECT_EQ(options.schedule.plateau_patience, 4u);
    EXPECT_EQ(options.schedule.plateau_factor, 0.25);
    EXPECT_EQ(options.schedule.decay, 0.8);
    EXPECT_FALSE(options.amsgrad);
    EXPECT_EQ(options.loss, LossKind::universal);
    EXPECT_EQ(options.huber_delta, 0.02);
    ASSERT_TRUE(options.stage_two);
    EXPECT_EQ(options.stage_two->start_epoch, 5u);
    EXPECT_EQ(options.stage_two->learning_rate, 2e-4);
    EXPECT_EQ(options.stage_two->weights.energy, 20.0);
    EXPECT_EQ(options.stage_two->weights.force, 30.0);
    EXPECT_EQ(options.stage_two->weights.stress, 40.0);
    EXPECT_EQ(options.weight_decay, 1e-6);
    EXPECT_EQ(options.clip_norm, 2.5);
    EXPECT_EQ(options.average_decay, 0.9);
    EXPECT_EQ(options.early_stop_epochs, 6u);
    EXPECT_EQ(options.weights.energy, 2.0);
    EXPECT_EQ(options.weights.force, 3.0);
    EXPECT_EQ(options.weights.stress, 4.0);
    EXPECT_EQ(options.normalisation, ForceNormalisation::per_structure);
    EXPECT_EQ(options.e0, E0Policy::never);
    EXPECT_EQ(options.selection.strategy, "loss");
    EXPECT_EQ(options.selection.ratio, 0.5);
    EXPECT_EQ(options.selection.options, (Json{{"pick", "rank"}, {"epochs", 9}}));
    EXPECT_EQ(options.selection.losses, LossSource::stored);
    EXPECT_EQ(options.selection.refresh_epochs, 3u);
    EXPECT_EQ(options.selection.rows.last_layer, "readouts");
    EXPECT_EQ(options.selection.rows.clip_quantile, 0.9);
    EXPECT_EQ(options.trainable.freeze.layers, 1u);
    EXPECT_EQ(options.trainable.freeze.patterns, std::vector<std::string>{"*.bias"});
    EXPECT_EQ(options.trainable.lora.rank, 2u);
    EXPECT_EQ(options.trainable.lora.alpha, 3.5);
    EXPECT_EQ(options.replay.share, 0.4);
    EXPECT_EQ(options.replay.labels, PretrainedLabels::file);
    EXPECT_EQ(options.forgetting.factor, 3.0);
    EXPECT_EQ(options.forgetting.tolerated_force_rmse, 0.2);
    EXPECT_EQ(options.forgetting.labels, PretrainedLabels::file);
}

TEST(TrainOptions, know_every_schedule_and_policy) {
    const auto with = [](const char* key, const char* value) {
        return train_options_from_json(checked_train_settings(Json{{key, value}}, "settings"));
    };
    EXPECT_EQ(with("schedule", "constant").schedule.kind, ScheduleKind::constant);
    EXPECT_EQ(with("schedule", "cosine").schedule.kind, ScheduleKind::cosine);
    EXPECT_EQ(with("schedule", "exponential").schedule.kind, ScheduleKind::exponential);
    EXPECT_EQ(with("loss", "weighted").loss, LossKind::weighted);
    EXPECT_EQ(with("loss", "huber").loss, LossKind::huber);
    EXPECT_EQ(with("e0", "once").e0, E0Policy::once);
    EXPECT_EQ(with("e0", "always").e0, E0Policy::always);
}

TEST(TrainOptions, name_key_nearest_key_and_line) {
    const std::string unknown = problem_with(file_with("\"epoch\": 3"));
    EXPECT_THAT(unknown, HasSubstr("T.json:7: settings.epoch: unknown key"));
    EXPECT_THAT(unknown, HasSubstr("did you mean 'epochs'?"));
    EXPECT_THAT(problem_with(file_with("\"learning_rate\": \"fast\"")),
                HasSubstr("T.json:7: settings.learning_rate: is \"fast\" (a number is expected)"));
    EXPECT_THAT(problem_with(file_with("\"learning_rate\": 0")), HasSubstr("allowed: above 0 and at most 1"));
    EXPECT_THAT(problem_with(file_with("\"schedule\": \"cosin\"")), HasSubstr("did you mean 'cosine'?"));
    EXPECT_THAT(problem_with(file_with("\"batch\": 0")), HasSubstr("settings.batch: is 0 (allowed: 1 to"));
    EXPECT_THAT(problem_with("{\"train\": \"a.xyz\", \"output\": \"b\"}"), HasSubstr("'model' is missing"));
}

TEST(TrainOptions, find_what_keys_say_together) {
    EXPECT_THAT(problem_with(file_with("\"batch\": 10, \"selection\": {\"ratio\": 0.3}")),
                HasSubstr("T.json:7: settings.selection.ratio: ratio 0.3 with batch 10"));
    EXPECT_THAT(problem_with(file_with("\"energy_weight\": 0, \"force_weight\": 0")),
                HasSubstr("settings.energy_weight: is 0 as are the other weights"));
    EXPECT_THAT(problem_with(file_with("\"epochs\": 9, \"stage_two\": {\"start_epoch\": 10}")),
                HasSubstr("settings.stage_two.start_epoch: is 10 with 9 epochs (it would never begin)"));
    EXPECT_THAT(problem_with(file_with("\"stage_two\": {}")), HasSubstr("'start_epoch' is missing"));
    EXPECT_THAT(problem_with(file_with("\"stage_two\": {\"start_epoch\": 2, \"energy_weight\": 0, "
                                       "\"force_weight\": 0}")),
                HasSubstr("settings.stage_two.energy_weight: is 0 as are the other weights"));
    EXPECT_THAT(
        problem_with(file_with("\"selection\": {\"options\": {\"pick\": \"argmax\"}}")),
        HasSubstr(
            "settings.selection.options: options.pick is unknown (the uniform selector has no options)"));
}

TEST(TrainOptions, of_stage_two_are_those_before_where_they_are_left_out) {
    const Json given = Json::parse(R"({"force_weight": 7, "stress_weight": 3, "loss": "huber",
        "stage_two": {"start_epoch": 4}})");
    const TrainOptions options = train_options_from_json(checked_train_settings(given, "settings"));
    const LossOptions before = loss_before_stage_two(options), after = loss_of_stage_two(options);
    EXPECT_EQ(before.weights.energy, 1.0);
    EXPECT_EQ(after.weights.energy, 1000.0);
    EXPECT_EQ(after.weights.force, 7.0);
    EXPECT_EQ(after.weights.stress, 3.0);
    EXPECT_EQ(after.kind, LossKind::huber);
    EXPECT_EQ(after.normalisation, ForceNormalisation::batch_atoms);
    EXPECT_EQ(options.stage_two->learning_rate, 1e-3);
    EXPECT_FALSE(train_options_from_json(checked_train_settings(Json::object(), "settings")).stage_two);
}

TEST(TrainOptions, are_checked_alone_as_in_a_file) {
    try {
        (void)checked_train_settings(Json{{"epocs", 3}, {"batch", -1}}, "settings");
        FAIL() << "two wrong keys were accepted";
    } catch (const ConfigError& error) {
        EXPECT_THAT(error.what(), HasSubstr("settings: epocs: unknown key"));
        EXPECT_THAT(error.what(), HasSubstr("settings: batch: is -1"));
    }
}

// A larger file that holds the settings as a section.
TEST(TrainOptions, can_be_part_of_another_table) {
    const ConfigSchema schema("other", train_setting_keys("train"));
    const CheckedConfig checked = schema.check(Json{{"train", Json{{"epochs", 2}, {"batch", 10}}}});
    EXPECT_TRUE(checked.problems.empty());
    EXPECT_EQ(train_options_from_json(checked.values.at("train")).epochs, 2u);
    Json values = checked.values.at("train");
    values["selection"]["ratio"] = 0.3;
    const auto problems = train_setting_problems(values, "/train");
    ASSERT_EQ(problems.size(), 1u);
    EXPECT_EQ(problems[0].pointer, "/train/selection/ratio");
}

TEST(TrainOptions, example_is_a_file_that_passes) {
    const Json values{{"model", "m"}, {"train", "a.xyz"}, {"output", "b.safetensors"}};
    const std::string example = train_file_schema().example(values);
    const Json checked = checked_train_file(example, "example");
    EXPECT_EQ(checked.at("settings"), checked_train_settings(Json::object(), "settings"));
    EXPECT_EQ(checked.at("train"), "a.xyz");
}

}  // namespace
}  // namespace fibonaqi::nn
