#include "fibonaqi/nn/trainer.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fibonaqi/base/error.hpp"
#include "fibonaqi/nn/train_record.hpp"
#include "fibonaqi/select/strategy_options.hpp"

#include "tests/unit/nn/training_frames.hpp"

namespace fibonaqi::nn {
namespace {

using test::ToyNetwork;
using testing::HasSubstr;

// A student of the same form as its teacher, with other weights.
class Training : public testing::Test {
  protected:
    Training() : frames_(test::labelled_frames_of(teacher_, 20)) {}

    std::span<const Frame> train_frames() const { return std::span(frames_).first(15); }
    std::span<const Frame> validation_frames() const { return std::span(frames_).last(5); }

    TrainSummary train_student(const Json& changes) {
        return train(student_, train_frames(), validation_frames(), test::train_options(changes), {});
    }

    std::string refusal(std::span<const Frame> training, std::span<const Frame> validation) {
        try {
            train(student_, training, validation, test::train_options(Json{{"epochs", 1}}), {});
        } catch (const Error& error) {
            return error.what();
        }
        return "no error";
    }

    ToyNetwork teacher_{3}, student_{4};
    std::vector<Frame> frames_;
};

TEST_F(Training, learns) {
    const TrainSummary summary = train_student(Json{{"epochs", 40}, {"learning_rate", 0.03}, {"batch", 3}});
    ASSERT_EQ(summary.curve.size(), 40u);
    EXPECT_EQ(summary.steps, 200u);
    EXPECT_LT(summary.curve.back().train_loss, 0.05 * summary.curve.front().train_loss);
    EXPECT_LT(summary.validation_after->loss, 0.05 * summary.validation_before->loss);
    EXPECT_LT(summary.validation_after->errors.forces->rmse,
              0.3 * summary.validation_before->errors.forces->rmse);
    EXPECT_GT(summary.best_epoch, 0u);
    EXPECT_DOUBLE_EQ(summary.curve.back().effective_epochs, 40.0);
    EXPECT_EQ(summary.times_trained, std::vector<std::size_t>(15, 40));
    EXPECT_EQ(summary.stop, TrainStop::epochs_done);
    EXPECT_TRUE(summary.e0.has_value());
}

TEST_F(Training, gives_the_same_weights_for_the_same_seed) {
    const Json changes{
        {"epochs", 3}, {"batch", 2}, {"selection", Json{{"strategy", "divbs"}, {"ratio", 0.5}}}};
    const auto weights_with = [&](std::uint64_t seed) {
        ToyNetwork student(4);
        TrainOptions options = test::train_options(changes);
        options.seed = seed;
        train(student, train_frames(), validation_frames(), options, {});
        return test::all_weights(student);
    };
    const at::Tensor once = weights_with(1);
    EXPECT_TRUE(at::equal(weights_with(1), once));
    EXPECT_FALSE(at::equal(weights_with(2), once));
}

TEST_F(Training, keeps_the_averaged_weights_of_the_best_epoch) {
    // So large a rate that the loss goes up and down.
    const TrainSummary summary = train_student(
        Json{{"epochs", 12}, {"learning_rate", 1.0}, {"schedule", "constant"}, {"average_decay", 0.3}});
    std::size_t lowest = 0;
    for (std::size_t i = 1; i < summary.curve.size(); ++i) {
        lowest = summary.curve[i].validation->loss < summary.curve[lowest].validation->loss ? i : lowest;
    }
    ASSERT_LT(lowest + 1, summary.curve.size()) << "the last epoch is the best: nothing is tested";
    EXPECT_EQ(summary.best_epoch, lowest + 1);
    LossOptions loss;
    loss.normalisation = ForceNormalisation::batch_atoms;
    const LabelledSet set = make_labelled_set(validation_frames(), student_.card(), {}, "validation");
    EXPECT_EQ(validate(student_, set, loss).loss, summary.curve[lowest].validation->loss);
    EXPECT_EQ(summary.validation_after->loss, summary.curve[lowest].validation->loss);
}

TEST_F(Training, keeps_the_last_averaged_weights_where_that_is_wanted) {
    TrainOptions options = test::train_options(
        Json{{"epochs", 12}, {"learning_rate", 1.0}, {"schedule", "constant"}, {"average_decay", 0.3}});
    options.keep = KeptWeights::last;
    const TrainSummary summary = train(student_, train_frames(), validation_frames(), options, {});
    ASSERT_LT(summary.best_epoch, 12u) << "the last epoch is the best: nothing is tested";
    EXPECT_EQ(summary.kept_epoch, 12u);
    LossOptions loss;
    loss.normalisation = ForceNormalisation::batch_atoms;
    const LabelledSet set = make_labelled_set(validation_frames(), student_.card(), {}, "validation");
    const Validation last = validate(student_, set, loss);
    EXPECT_EQ(last.loss, summary.curve.back().validation->loss);
    EXPECT_EQ(summary.validation_after->loss, last.loss);
    // What judges a campaign's promotion: with all atoms together it is the square of the RMSE.
    ASSERT_EQ(last.force_errors.size(), 5u);
    double squares = 0.0, atoms = 0.0;
    for (std::size_t i = 0; i < 5; ++i) {
        const auto size = static_cast<double>(validation_frames()[i].structure.size());
        squares += size * last.force_errors[i];
        atoms += size;
    }
    EXPECT_NEAR(squares / atoms, std::pow(last.errors.forces->rmse, 2), 1e-12);
    const Json record = to_json(summary, student_.card());
    EXPECT_EQ(record.at("validation_force_errors_eV2_per_A2").at("after"), Json(last.force_errors));
}

// Already perfect, so every step makes it worse: labels of the training frames are spoilt.
TEST_F(Training, gives_the_first_weights_back_when_nothing_was_better) {
    for (Frame& frame : std::span(frames_).first(15)) {
        for (Vec3& force : frame.labels.forces) {
            force[0] += 1.0;
            force[2] -= 0.5;
        }
    }
    const at::Tensor before = test::all_weights(teacher_);
    const TrainSummary summary =
        train(teacher_, train_frames(), validation_frames(),
              test::train_options(Json{{"epochs", 3}, {"learning_rate", 0.1}, {"e0", "never"}}), {});
    EXPECT_EQ(summary.best_epoch, 0u);
    EXPECT_EQ(summary.kept_epoch, 0u);
    EXPECT_TRUE(at::equal(test::all_weights(teacher_), before));
    EXPECT_EQ(summary.validation_after->loss, summary.validation_before->loss);
    const Json record = to_json(summary, teacher_.card());
    EXPECT_EQ(record.at("best_epoch"), 0);
    EXPECT_EQ(record.at("improved"), false);
}

TEST_F(Training, stops_early) {
    std::vector<std::size_t> seen;
    TrainOptions options = test::train_options(
        Json{{"epochs", 50}, {"learning_rate", 1.0}, {"schedule", "constant"}, {"early_stop_epochs", 4}});
    const TrainSummary summary = train(student_, train_frames(), validation_frames(), options,
                                       [&](const EpochRecord& record) { seen.push_back(record.epoch); });
    EXPECT_EQ(summary.stop, TrainStop::early_stop);
    EXPECT_LT(summary.curve.size(), 50u);
    EXPECT_EQ(summary.curve.size(), summary.best_epoch + 4);
    EXPECT_EQ(seen.size(), summary.curve.size());
    EXPECT_EQ(seen.back(), summary.curve.size());
    EXPECT_EQ(to_json(summary, student_.card()).at("stop"), "early_stop");
}

TEST_F(Training, ends_with_the_step_that_spends_its_budget) {
    const TrainSummary summary = train_student(Json{{"epochs", 40}, {"batch", 4}, {"max_frames", 50}});
    EXPECT_EQ(std::accumulate(summary.times_trained.begin(), summary.times_trained.end(), std::size_t{0}),
              53u)
        << "epochs of 4 + 4 + 4 + 3 frames";
    EXPECT_EQ(summary.curve.size(), 4u);
    EXPECT_EQ(summary.stop, TrainStop::budget_spent);
    ToyNetwork other{4};
    const TrainSummary timed =
        train(other, train_frames(), validation_frames(),
              test::train_options(Json{{"epochs", 100000}, {"max_minutes", 0.003}}), {});
    EXPECT_EQ(timed.stop, TrainStop::budget_spent);
    EXPECT_LT(timed.curve.size(), 100000u);
    EXPECT_GE(timed.seconds, 0.18);
}

TEST_F(Training, tells_which_frames_it_was_shown_most_often) {
    const TrainSummary summary = train_student(
        Json{{"epochs", 12}, {"batch", 2}, {"selection", Json{{"strategy", "divbs"}, {"ratio", 0.25}}}});
    const Json most = to_json(summary, student_.card()).at("most_trained");
    ASSERT_EQ(most.size(), 10u);
    for (std::size_t i = 0; i < most.size(); ++i) {
        const std::size_t times = most[i].at("times");
        EXPECT_EQ(times, summary.times_trained[most[i].at("frame").get<std::size_t>()]);
        EXPECT_LE(times, i == 0 ? times : most[i - 1].at("times").get<std::size_t>());
    }
    EXPECT_EQ(most[0].at("times"),
              *std::max_element(summary.times_trained.begin(), summary.times_trained.end()));
    EXPECT_EQ(summary.curve[3].ratio, 0.25);
    EXPECT_GT(summary.curve[3].selection.superbatches, 0u);
}

TEST_F(Training, has_a_second_stage_with_other_weights_and_a_rate_of_its_own) {
    const Json stage{{"start_epoch", 4}, {"learning_rate", 2e-3}, {"energy_weight", 50}};
    const TrainSummary summary = train_student(
        Json{{"epochs", 6}, {"learning_rate", 0.01}, {"warmup_steps", 0}, {"stage_two", stage}});
    ASSERT_EQ(summary.curve.size(), 6u);
    EXPECT_EQ(summary.stage_two_epoch, 4u);
    for (const EpochRecord& record : summary.curve) {
        EXPECT_EQ(record.stage, record.epoch < 4 ? 1 : 2);
        EXPECT_EQ(record.learning_rate == 2e-3, record.epoch >= 4) << record.epoch;
    }
    // The loss that judges is that of the stage.
    const LabelledSet set = make_labelled_set(validation_frames(), student_.card(), {}, "validation");
    LossOptions loss{{50.0, 100.0, 0.0}, ForceNormalisation::batch_atoms};
    ASSERT_GT(summary.kept_epoch, 0u);
    EXPECT_EQ(validate(student_, set, loss).loss, summary.validation_after->loss);
    EXPECT_EQ(to_json(summary, student_.card()).at("stage_two_epoch"), 4);
}

TEST_F(Training, begins_its_second_stage_when_patience_ends_the_first) {
    const Json stage{{"start_epoch", 40}, {"learning_rate", 1e-3}};
    const TrainSummary summary = train_student(Json{{"epochs", 50},
                                                    {"learning_rate", 1.0},
                                                    {"schedule", "constant"},
                                                    {"early_stop_epochs", 4},
                                                    {"warmup_steps", 0},
                                                    {"stage_two", stage}});
    ASSERT_GT(summary.stage_two_epoch, 4u);
    EXPECT_LT(summary.stage_two_epoch, 40u);
    EXPECT_GE(summary.curve.size(), summary.stage_two_epoch + 3) << "patience did not begin anew";
    EXPECT_EQ(summary.curve[summary.stage_two_epoch - 1].learning_rate, 1e-3);
}

TEST_F(Training, learns_with_huber_losses) {
    for (const char* loss : {"huber", "universal"}) {
        ToyNetwork student(4);
        const TrainSummary summary = train(
            student, train_frames(), validation_frames(),
            test::train_options(Json{{"epochs", 40}, {"learning_rate", 0.03}, {"batch", 3}, {"loss", loss}}),
            {});
        EXPECT_LT(summary.validation_after->loss, 0.3 * summary.validation_before->loss) << loss;
    }
}

TEST_F(Training, takes_the_last_epoch_without_validation_frames) {
    TrainOptions options =
        test::train_options(Json{{"epochs", 3}, {"early_stop_epochs", 1}, {"schedule", "plateau"}});
    const TrainSummary summary = train(student_, train_frames(), {}, options, {});
    EXPECT_EQ(summary.best_epoch, 3u);
    EXPECT_FALSE(summary.validation_before.has_value());
    EXPECT_FALSE(summary.curve.back().validation.has_value());
    const Json record = to_json(summary, student_.card());
    EXPECT_TRUE(record.at("validation").at("before").is_null());
    EXPECT_TRUE(record.at("curve")[0].at("validation_loss").is_null());
}

TEST_F(Training, selects_its_batches) {
    const TrainSummary summary = train_student(
        Json{{"epochs", 4}, {"batch", 1}, {"selection", Json{{"strategy", "divbs"}, {"ratio", 0.2}}}});
    EXPECT_EQ(summary.steps, 12u);
    EXPECT_DOUBLE_EQ(summary.curve.back().effective_epochs, 0.8);
    std::size_t trained = 0;
    for (const std::size_t times : summary.times_trained) {
        trained += times;
    }
    EXPECT_EQ(trained, 12u);
    EXPECT_GT(summary.selection_seconds, 0.0);
}

// Labels that the student fulfils: all gradients are rounding or 0, and divbs is told not to fill up.
TEST_F(Training, makes_no_step_where_there_is_nothing_to_follow) {
    for (Frame& frame : frames_) {
        frame = frames_[0];
    }
    const TrainSummary summary =
        train(teacher_, train_frames(), {},
              test::train_options(Json::parse(R"({"epochs": 2, "batch": 1, "e0": "never",
                "selection": {"strategy": "divbs", "ratio": 0.2, "options": {"fill": "stop"}}})")),
              {});
    EXPECT_LE(summary.steps, 6u);
    EXPECT_LT(summary.curve.back().train_loss, 1e-20);
}

TEST_F(Training, learns_with_single_precision_weights) {
    ToyNetwork single(4, at::kFloat);
    const TrainSummary summary =
        train(single, train_frames(), validation_frames(),
              test::train_options(Json{{"epochs", 20}, {"learning_rate", 0.03}, {"batch", 3}}), {});
    EXPECT_LT(summary.validation_after->loss, 0.2 * summary.validation_before->loss);
}

TEST_F(Training, uses_stress_where_it_has_a_weight) {
    for (Frame& frame : frames_) {
        frame.labels.energy.reset();
        frame.labels.forces.clear();
    }
    std::erase_if(frames_, [](const Frame& frame) { return !frame.labels.stress; });
    const TrainSummary summary = train(student_, frames_, frames_,
                                       test::train_options(Json{{"epochs", 60},
                                                                {"learning_rate", 0.03},
                                                                {"energy_weight", 0},
                                                                {"force_weight", 0},
                                                                {"stress_weight", 1000}}),
                                       {});
    EXPECT_LT(summary.validation_after->errors.stress->rmse,
              0.5 * summary.validation_before->errors.stress->rmse);
}

TEST_F(Training, refuses_frames_that_cannot_be_learnt_from) {
    EXPECT_THAT(refusal({}, validation_frames()), HasSubstr("there are no training frames"));
    frames_[2].labels = {};
    EXPECT_THAT(refusal(train_frames(), validation_frames()),
                HasSubstr("training frame 2: no energy, forces or stress"));
    EXPECT_THAT(refusal(validation_frames(), std::span(frames_).subspan(1, 3)),
                HasSubstr("validation frame 1: no"));
    frames_[2] = frames_[3];
    frames_[2].labels.forces[1][2] = std::nan("");
    EXPECT_THAT(refusal(train_frames(), validation_frames()),
                HasSubstr("training frame 2: a label is not finite"));
    frames_[2] = frames_[3];
    frames_[18].structure.atomic_numbers[1] = 79;
    EXPECT_THAT(refusal(train_frames(), validation_frames()),
                HasSubstr("validation frame 3: model 'toy' does not know element Au"));
}

TEST_F(Training, says_when_the_numbers_run_away) {
    student_.parameters()[1].second.detach().fill_(std::numeric_limits<double>::infinity());
    EXPECT_THAT(refusal(train_frames(), {}), HasSubstr("frame 0: the model's energy is not finite"));
    const TrainOptions options = test::train_options(Json{{"epochs", 1}, {"e0", "never"}});
    try {
        train(student_, train_frames(), {}, options, {});
        FAIL() << "infinite weights were trained";
    } catch (const Error& error) {
        EXPECT_THAT(error.what(), HasSubstr("epoch 1, step 1: the loss of training frames"));
    }
}

TEST_F(Training, leaves_a_record_in_the_card) {
    student_.changeable_card().provenance = Json{{"licence", "MIT"}};
    student_.changeable_card().uncertainty = Json{{"scale", 2.0}};
    const TrainSummary summary = train_student(Json{{"epochs", 2}});
    const TrainOrigin origin{std::string(64, 'a'), 9, Json{{"epochs", 2}},
                             Json{{"train", Json{{"sha256", "b"}}}}};
    const ModelFile model = trained_model(student_, summary, origin, train_frames(), TensorType::float32);
    EXPECT_EQ(model.card.parent_sha256, std::string(64, 'a'));
    EXPECT_EQ(model.card.dtype, "float32");
    EXPECT_TRUE(model.card.uncertainty.is_null());
    const Json& provenance = model.card.provenance;
    EXPECT_EQ(provenance.at("licence"), "MIT");
    EXPECT_EQ(provenance.at("e0_fit").at("elements"), Json({"O", "Si"}));
    ASSERT_EQ(provenance.at("training").size(), 1u);
    const Json& entry = provenance.at("training")[0];
    EXPECT_EQ(entry.at("seed"), 9);
    EXPECT_EQ(entry.at("data").at("train").at("sha256"), "b");
    EXPECT_EQ(entry.at("validation").at("after").at("loss").get<double>(), summary.validation_after->loss);

    // A second training knows that E0 are done, and keeps the first entry.
    student_.changeable_card() = model.card;
    const TrainSummary second = train_student(Json{{"epochs", 1}});
    EXPECT_FALSE(second.e0.has_value());
    const ModelFile child = trained_model(student_, second, origin, train_frames(), TensorType::float64);
    EXPECT_EQ(child.card.provenance.at("training").size(), 2u);
    EXPECT_EQ(child.card.provenance.at("e0_fit"), provenance.at("e0_fit"));
}

TEST(TrainSettings, offer_the_selectors_that_training_batches_are_drawn_by) {
    for (const std::string& name : strategy_names()) {
        const Json settings{{"selection", Json{{"strategy", name}}}};
        if (name == "window") {
            EXPECT_THROW(checked_train_settings(settings, "settings"), ConfigError);
        } else {
            EXPECT_NO_THROW(checked_train_settings(settings, "settings")) << name;
        }
    }
}

// All of them, from the first step to the last, with what each goes by.
TEST_F(Training, draws_its_batches_by_every_strategy) {
    for (const std::string& name : strategy_names()) {
        if (name == "window") {
            continue;
        }
        ToyNetwork student(4);
        const TrainOptions options = test::train_options(
            Json{{"epochs", 2}, {"batch", 2}, {"selection", Json{{"strategy", name}, {"ratio", 0.4}}}});
        TrainFrames frames{train_frames(), validation_frames()};
        frames.reference_losses.assign(frames.training.size(), 0.5);
        const TrainSummary summary = train(student, frames, options, {});
        EXPECT_EQ(summary.steps, 6u) << name;
        EXPECT_LT(summary.validation_after->loss, summary.validation_before->loss) << name;
    }
}

}  // namespace
}  // namespace fibonaqi::nn
