// Replay and the alarm: what keeps the pretrained domain, and what says that it is lost.
#include "fibonaqi/nn/replay.hpp"

#include <cmath>
#include <map>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fibonaqi/base/error.hpp"
#include "fibonaqi/nn/forgetting.hpp"
#include "fibonaqi/nn/trainer.hpp"

#include "tests/unit/nn/training_frames.hpp"

namespace fibonaqi::nn {
namespace {

using test::ToyNetwork;
using testing::HasSubstr;

TEST(ReplayDraw, takes_a_share_of_every_batch_and_every_frame_once_a_pass) {
    ReplayDraw draw(7, 5, 0.3, 1);
    EXPECT_EQ(draw.per_batch(), 2u);  // 2 of 7 is nearest to 0.3 of the batch
    std::map<std::uint64_t, int> times;
    for (std::uint64_t step = 0; step < 7; ++step) {
        for (const std::uint64_t id : draw.frames_of_step(step)) {
            ++times[id];
        }
    }
    ASSERT_EQ(times.size(), 7u);
    for (const auto& [id, count] : times) {
        EXPECT_EQ(count, 2) << id;
    }
}

TEST(ReplayDraw, depends_on_the_number_of_the_step_alone) {
    ReplayDraw draw(7, 5, 0.3, 1), late(7, 5, 0.3, 1), other(7, 5, 0.3, 2);
    std::vector<std::uint64_t> last;
    bool differs = false;
    for (std::uint64_t step = 0; step < 20; ++step) {
        last = draw.frames_of_step(step);
        differs = differs || last != other.frames_of_step(step);
    }
    EXPECT_EQ(late.frames_of_step(19), last);
    EXPECT_TRUE(differs);
}

TEST(ReplayDraw, takes_at_least_one_frame_and_none_where_there_are_none) {
    EXPECT_EQ(ReplayDraw(3, 1, 0.01, 1).per_batch(), 1u);
    EXPECT_EQ(ReplayDraw(3, 5, 0.5, 1).per_batch(), 5u);
    ReplayDraw none(0, 5, 0.5, 1);
    EXPECT_TRUE(none.frames_of_step(3).empty());
}

class Replay : public testing::Test {
  protected:
    // New labels of another code: a model with other forces, and constants of its own.
    Replay() {
        ToyNetwork other(3);
        other.set_e0({-400.0, -90.0});
        frames_ = test::labelled_frames_of(other, 12);
        pretrained_ = test::labelled_frames_of(initial_, 20);
        pretrained_.erase(pretrained_.begin(), pretrained_.begin() + 12);  // structures of their own
        for (Frame& frame : pretrained_) {
            frame.labels = {};
        }
        label_by_network(initial_, pretrained_);
    }

    TrainSummary tune(ToyNetwork& network, const ReplayFrames& replay) {
        TrainOptions options = test::train_options(
            Json{{"epochs", 40}, {"learning_rate", 0.03}, {"batch", 3}, {"replay", Json{{"share", 0.5}}}});
        const TrainFrames frames{std::span(frames_).first(9), std::span(frames_).last(3), replay};
        return train(network, frames, options, {});
    }

    const ToyNetwork initial_{4};
    std::vector<Frame> frames_, pretrained_;
};

TEST_F(Replay, labels_frames_as_the_network_sees_them) {
    const ErrorReport errors = errors_beside_constants(initial_, {pretrained_, {}});
    EXPECT_LT(errors.forces->rmse, 1e-12);
    EXPECT_LT(errors.energy_per_atom->rmse, 1e-12);
    std::vector<Frame> foreign{pretrained_[0], pretrained_[0]};
    foreign[1].structure.atomic_numbers[0] = 79;
    try {
        label_by_network(initial_, foreign);
        FAIL() << "accepted";
    } catch (const Error& error) {
        EXPECT_THAT(error.what(), HasSubstr("frame 1: "));
        EXPECT_THAT(error.what(), HasSubstr("does not know element Au"));
    }
}

TEST_F(Replay, energies_move_with_the_reference_energies) {
    ModelCard card = initial_.card();
    card.e0 = {10.0, 100.0};
    const std::vector<Frame> moved = with_e0_of(card, {pretrained_, {{8, 1.0}}});
    for (std::size_t i = 0; i < moved.size(); ++i) {
        double expected = *pretrained_[i].labels.energy;
        for (const int number : pretrained_[i].structure.atomic_numbers) {
            expected += number == 8 ? 9.0 : 0.0;  // silicon has no earlier energy: it stays
        }
        EXPECT_NEAR(*moved[i].labels.energy, expected, 1e-12);
        EXPECT_EQ(moved[i].labels.forces, pretrained_[i].labels.forces);
    }
}

// A network whose labels are replayed to it after E0 has moved has nothing to learn from them.
TEST_F(Replay, labels_of_the_model_itself_agree_with_it_after_the_fit_of_e0) {
    ToyNetwork network(4);
    network.set_e0({-400.0, -90.0});
    const std::vector<Frame> moved = with_e0_of(network.card(), {pretrained_, e0_of(initial_.card())});
    const LabelledSet set = make_labelled_set(moved, network.card(), {}, "replay");
    EXPECT_LT(validate(network, set, {}).loss, 1e-20);
}

TEST_F(Replay, keeps_what_a_plain_fine_tuning_forgets) {
    ToyNetwork plain(4), replayed(4);
    const TrainSummary without = tune(plain, {});
    const TrainSummary with = tune(replayed, {pretrained_, e0_of(initial_.card())});
    EXPECT_EQ(with.steps, without.steps);
    EXPECT_EQ(with.times_trained, without.times_trained);
    EXPECT_EQ(with.replay_per_batch, 3u);
    EXPECT_EQ(without.replay_per_batch, 0u);
    EXPECT_LT(with.validation_after->loss, with.validation_before->loss);
    const ErrorReport forgotten = errors_beside_constants(plain, {pretrained_, e0_of(initial_.card())});
    const ErrorReport kept = errors_beside_constants(replayed, {pretrained_, e0_of(initial_.card())});
    EXPECT_LT(kept.forces->rmse, 0.7 * forgotten.forces->rmse);
}

ErrorReport report_of(double force_rmse) {
    ErrorReport report;
    report.forces = ErrorPair{force_rmse, force_rmse, 30};
    return report;
}

TEST(Forgetting, alarms_above_both_the_factor_and_what_is_tolerated) {
    const ForgettingOptions options{2.0, 0.1, PretrainedLabels::file};
    const auto alarms = [&](double before, double after) {
        return is_alarming({report_of(before), {}, report_of(after), 10}, options);
    };
    EXPECT_FALSE(alarms(0.2, 0.39));
    EXPECT_TRUE(alarms(0.2, 0.41));
    EXPECT_FALSE(alarms(0.0, 0.09)) << "labels of the model itself: its error was 0";
    EXPECT_TRUE(alarms(0.0, 0.11));
    EXPECT_TRUE(alarms(0.2, std::nan("")));
    EXPECT_FALSE(is_alarming({{}, {}, {}, 10}, options)) << "frames without forces";
    const Json record = to_json(Forgetting{report_of(0.2), report_of(0.3), report_of(0.5), 10}, options);
    EXPECT_EQ(record.at("is_alarming"), true);
    EXPECT_EQ(record.at("labels"), "file");
    EXPECT_EQ(record.at("finding"),
              "force RMSE 0.3000 before, 0.5000 eV/A after (limit 0.4000), 10 frames labelled by the file");
}

TEST(Forgetting, does_not_count_the_constants_of_another_code) {
    const ToyNetwork network(1);
    std::vector<Frame> frames = test::labelled_frames_of(network, 6);
    for (Frame& frame : frames) {
        for (const int number : frame.structure.atomic_numbers) {
            *frame.labels.energy -= number == 8 ? 430.0 : 105.0;
        }
    }
    EXPECT_LT(errors_beside_constants(network, {frames, {}}).energy_per_atom->rmse, 1e-10);
}

// A constant per element explains the energies of as many frames as there are elements, whatever these are.
TEST(Forgetting, says_nothing_of_energies_that_constants_would_explain) {
    const ToyNetwork network(1);
    std::vector<Frame> frames = test::labelled_frames_of(network, 3);
    for (std::size_t i = 0; i < frames.size(); ++i) {
        *frames[i].labels.energy += 5.0 * static_cast<double>(i);
    }
    const ErrorReport unknown = errors_beside_constants(network, {frames, {}});
    EXPECT_FALSE(unknown.energy_per_atom.has_value());
    EXPECT_TRUE(unknown.forces.has_value());
    const ErrorReport known = errors_beside_constants(network, {frames, e0_of(network.card())});
    const double last = 10.0 / static_cast<double>(frames[2].structure.size());
    EXPECT_GT(known.energy_per_atom->rmse, 0.5 * last / std::sqrt(3.0));
}

TEST(Forgetting, sees_energies_beside_the_known_change_of_e0) {
    ToyNetwork network(1);
    const std::vector<Frame> frames = test::labelled_frames_of(network, 2);
    const ElementEnergies before = e0_of(network.card());
    network.set_e0({-431.0, -107.0});
    EXPECT_LT(errors_beside_constants(network, {frames, before}).energy_per_atom->rmse, 1e-10);
}

}  // namespace
}  // namespace fibonaqi::nn
