// Trainings that are killed and go on from a checkpoint.
#include <filesystem>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fibonaqi/base/error.hpp"
#include "fibonaqi/base/file_system.hpp"
#include "fibonaqi/model/tensor_file.hpp"
#include "fibonaqi/nn/checkpoint.hpp"
#include "fibonaqi/nn/trainer.hpp"

#include "tests/support/temporary_folder.hpp"
#include "tests/unit/nn/training_frames.hpp"

namespace fibonaqi::nn {
namespace {

using test::ToyNetwork;
using testing::HasSubstr;

// A student that dies in the middle of an evaluation, as a killed program does.
class DyingNetwork : public ToyNetwork {
  public:
    DyingNetwork(std::uint64_t seed, int evaluations) : ToyNetwork(seed), left_(evaluations) {}
    NetworkOutput evaluate(const GraphBatch& batch, const NetworkRequest& request) const override {
        if (left_-- == 0) {
            throw std::runtime_error("killed");
        }
        return ToyNetwork::evaluate(batch, request);
    }

  private:
    mutable int left_;
};

Json settings() {
    return Json::parse(
        R"({"epochs": 7, "batch": 2, "schedule": "plateau", "plateau_epochs": 0, "learning_rate": 0.3,
            "weight_decay": 0.01, "selection": {"strategy": "divbs", "ratio": 0.5},
            "stage_two": {"start_epoch": 5, "learning_rate": 0.01}})");
}

class Resumed : public testing::Test {
  protected:
    Resumed() : frames_(test::labelled_frames_of(ToyNetwork(3), 20, 0.1)) { use(settings()); }

    void use(const Json& changed) {
        options_ = test::train_options(changed);
        options_.checkpoint.file = folder_ / "C";
        options_.checkpoint.every_minutes = 1e-9;  // after every step
        options_.checkpoint.run = Json{{"seed", 5}, {"settings", Json{{"epochs", 7}}}};
    }

    TrainSummary finish(ToyNetwork& student) {
        return train(student, std::span(frames_).first(15), std::span(frames_).last(5), options_, {});
    }

    // Trains until the student dies; false when it has lived to the end.
    bool dies_after(int evaluations) {
        DyingNetwork student(4, evaluations);
        try {
            finish(student);
        } catch (const std::runtime_error& error) {
            return std::string(error.what()).find("killed") != std::string::npos;
        }
        return false;
    }

    // Kills one training after another, each a little later, and lets it go on.
    void expect_the_bits_of_an_unbroken_training();

    std::string refusal_of_checkpoint() {
        try {
            finish(student_);
        } catch (const Error& error) {
            return error.what();
        }
        return "no error";
    }

    ToyNetwork student_{4};
    std::vector<Frame> frames_;
    test::TemporaryFolder folder_;
    TrainOptions options_;
};

void Resumed::expect_the_bits_of_an_unbroken_training() {
    const TrainSummary unbroken = finish(student_);
    std::filesystem::remove(folder_ / "C");
    int kills = 0;
    for (int evaluations = 9; dies_after(evaluations); evaluations += 7) {
        ToyNetwork student(4);
        const TrainSummary resumed = finish(student);
        ASSERT_TRUE(at::equal(test::all_weights(student), test::all_weights(student_))) << evaluations;
        EXPECT_EQ(resumed.times_trained, unbroken.times_trained);
        EXPECT_EQ(resumed.steps, unbroken.steps);
        EXPECT_EQ(resumed.stage_two_epoch, unbroken.stage_two_epoch);
        EXPECT_EQ(resumed.kept_epoch, unbroken.kept_epoch);
        EXPECT_EQ(resumed.validation_after->loss, unbroken.validation_after->loss);
        ASSERT_EQ(resumed.curve.size(), unbroken.curve.size());
        for (std::size_t i = 0; i < resumed.curve.size(); ++i) {
            EXPECT_EQ(resumed.curve[i].train_loss, unbroken.curve[i].train_loss);
            EXPECT_EQ(resumed.curve[i].learning_rate, unbroken.curve[i].learning_rate);
            EXPECT_EQ(to_json(resumed.curve[i].selection), to_json(unbroken.curve[i].selection));
            EXPECT_EQ(resumed.curve[i].validation->errors.forces->rmse,
                      unbroken.curve[i].validation->errors.forces->rmse);
        }
        std::filesystem::remove(folder_ / "C");
        ++kills;
    }
    EXPECT_GT(kills, 5);
}

TEST_F(Resumed, trainings_have_the_bits_of_unbroken_ones) {
    expect_the_bits_of_an_unbroken_training();
}

TEST_F(Resumed, trainings_of_low_rank_updates_beside_held_weights_have_the_bits_of_unbroken_ones) {
    Json changed = settings();
    changed["lora"] = {{"rank", 2}, {"alpha", 2}};
    changed["freeze"]["patterns"] = {"first.*"};
    use(changed);
    expect_the_bits_of_an_unbroken_training();
    EXPECT_FALSE(at::equal(test::all_weights(student_), test::all_weights(ToyNetwork(4))));
}

TEST_F(Resumed, trainings_with_weights_held_have_the_bits_of_unbroken_ones) {
    Json changed = settings();
    changed["freeze"]["patterns"] = {"hidden.*"};
    use(changed);
    expect_the_bits_of_an_unbroken_training();
}

TEST_F(Resumed, trainings_by_stored_losses_have_the_bits_of_unbroken_ones) {
    Json changed = settings();
    changed["selection"] = {{"strategy", "loss"},
                            {"ratio", 0.5},
                            {"losses", "stored"},
                            {"refresh_epochs", 3},
                            {"options", {{"pick", "rank"}}}};
    use(changed);
    expect_the_bits_of_an_unbroken_training();
}

TEST_F(Resumed, trainings_with_kept_gradients_have_the_bits_of_unbroken_ones) {
    Json changed = settings();
    changed["selection"]["kept_epochs"] = 3;
    use(changed);
    expect_the_bits_of_an_unbroken_training();
}

TEST_F(Resumed, trainings_with_a_student_have_the_bits_of_unbroken_ones) {
    Json changed = settings();
    changed["selection"]["student"] = 0.5;
    changed["selection"]["ratio"] = 0.2;
    use(changed);
    expect_the_bits_of_an_unbroken_training();
}

TEST_F(Resumed, trainings_with_a_student_and_a_shortlist_have_the_bits_of_unbroken_ones) {
    Json changed = settings();
    changed["selection"] = {
        {"strategy", "divbs"}, {"ratio", 0.2}, {"student", 0.5}, {"shortlist", 2}, {"warmup_epochs", 2}};
    use(changed);
    expect_the_bits_of_an_unbroken_training();
}

TEST_F(Resumed, trainings_may_be_killed_again_and_again) {
    finish(student_);
    std::filesystem::remove(folder_ / "C");
    int kills = 0;
    while (kills < 100 && dies_after(20)) {
        ++kills;
    }
    EXPECT_GT(kills, 2);
    EXPECT_LT(kills, 100) << "nothing was ever gained";
    ToyNetwork student(4);
    finish(student);
    EXPECT_TRUE(at::equal(test::all_weights(student), test::all_weights(student_)));
}

TEST_F(Resumed, trainings_are_those_of_the_checkpoint) {
    ASSERT_TRUE(dies_after(60));
    options_.checkpoint.run["settings"]["epochs"] = 8;
    const std::string refusal = refusal_of_checkpoint();
    EXPECT_THAT(refusal, HasSubstr("belongs to another training (different: settings/epochs)"));
    EXPECT_THAT(refusal, HasSubstr("delete the checkpoint to start anew"));
    options_.checkpoint.restart_other = true;
    EXPECT_EQ(refusal_of_checkpoint(), "no error");
}

TEST_F(Resumed, trainings_refuse_a_damaged_checkpoint) {
    write_file_atomically(folder_ / "C", "not what it was");
    EXPECT_THAT(refusal_of_checkpoint(), HasSubstr("delete it, and the training starts anew"));
    write_tensor_file(folder_ / "C", {});
    EXPECT_THAT(refusal_of_checkpoint(), HasSubstr("is no checkpoint of a training"));
    options_.checkpoint.restart_other = true;
    EXPECT_EQ(refusal_of_checkpoint(), "no error");
}

TEST(Checkpoint, keeps_numbers_that_json_does_not_know) {
    for (const double value : {0.1, -1e-300, 1.0 / 3.0, std::numeric_limits<double>::infinity(),
                               -std::numeric_limits<double>::infinity()}) {
        EXPECT_EQ(exact_number_from(parse_json(exact_number(value).dump(), "text")), value);
    }
    EXPECT_TRUE(std::isnan(exact_number_from(exact_number(std::nan("")))));
}

}  // namespace
}  // namespace fibonaqi::nn
