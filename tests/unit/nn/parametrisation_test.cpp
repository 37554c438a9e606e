#include "fibonaqi/nn/parametrisation.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fibonaqi/base/error.hpp"
#include "fibonaqi/nn/trainer.hpp"

#include "tests/unit/nn/training_frames.hpp"

namespace fibonaqi::nn {
namespace {

using test::ToyNetwork;
using testing::ElementsAre;
using testing::HasSubstr;

TrainableOptions holding(std::vector<std::string> patterns) {
    return {{0, std::move(patterns)}, {}};
}

TrainableOptions low_rank(std::size_t rank, double alpha = 3.0) {
    return {{}, {rank, alpha}};
}

std::string refusal(const TrainableOptions& options) {
    const ToyNetwork network;
    try {
        const Parametrisation parametrisation(network, options, 1);
    } catch (const ConfigError& error) {
        return error.what();
    }
    return "accepted";
}

at::Tensor weight(const Network& network, std::size_t i) {
    return network.parameters()[i].second.detach().clone();
}

TEST(Parametrisation, moves_the_weights_themselves_by_default) {
    const ToyNetwork network;
    const Parametrisation all(network, {}, 1);
    ASSERT_EQ(all.leaves().size(), 3u);
    all.leaves()[0].add_(1.0);
    EXPECT_TRUE(at::equal(all.leaves()[0], weight(network, 0)));
    EXPECT_THAT(all.description(), HasSubstr("all 3 weights, 62 numbers"));
}

TEST(Parametrisation, holds_weights_while_it_lives) {
    const ToyNetwork network;
    {
        const Parametrisation some(network, holding({"first.*", "last.weight"}), 1);
        ASSERT_EQ(some.weights().size(), 1u);
        EXPECT_TRUE(some.weights()[0].is_same(network.parameters()[0].second));
        EXPECT_TRUE(network.parameters()[0].second.requires_grad());
        EXPECT_FALSE(network.parameters()[2].second.requires_grad());
        EXPECT_THAT(some.description(), HasSubstr("1 of 3 weights"));
    }
    EXPECT_TRUE(network.parameters()[2].second.requires_grad());
}

TEST(Parametrisation, refuses_what_leaves_nothing_to_train) {
    EXPECT_THAT(refusal(holding({"*.weight"})), HasSubstr("holds every weight"));
    EXPECT_THAT(refusal(holding({"hiden.weight"})), HasSubstr("did you mean 'hidden.weight'?"));
    EXPECT_THAT(refusal({{1, {}}, {}}), HasSubstr("no layers that are counted"));
    TrainableOptions both = low_rank(2);
    both.freeze.patterns = {"hidden*"};  // the only matrix: the other weights are vectors
    EXPECT_THAT(refusal(both), HasSubstr("holds every matrix"));
}

TEST(Parametrisation, low_rank_updates_start_as_nothing_and_follow_their_formula) {
    const ToyNetwork network;
    const at::Tensor before = weight(network, 0), first = weight(network, 1);
    const Parametrisation updates(network, low_rank(2), 1);
    ASSERT_EQ(updates.leaves().size(), 2u);
    EXPECT_EQ(updates.leaves()[0].sizes(), (std::vector<std::int64_t>{1, 8, 2}));
    EXPECT_EQ(updates.leaves()[1].sizes(), (std::vector<std::int64_t>{1, 2, 6}));
    updates.follow();
    EXPECT_TRUE(at::equal(weight(network, 0), before));
    updates.leaves()[1].fill_(0.5);
    updates.follow();
    const at::Tensor expected = before + 1.5 * at::mm(updates.leaves()[0][0], updates.leaves()[1][0]);
    EXPECT_LE((weight(network, 0) - expected).abs().max().item<double>(), 1e-15);
    EXPECT_TRUE(at::equal(weight(network, 1), first));
    updates.leaves()[1].zero_();  // nothing has piled up
    updates.follow();
    EXPECT_TRUE(at::equal(weight(network, 0), before));
}

TEST(Parametrisation, low_rank_updates_are_keyed_by_the_seed_and_no_wider_than_the_matrix) {
    const ToyNetwork network;
    const auto start = [&](std::uint64_t seed) {
        return Parametrisation(network, low_rank(50), seed).leaves()[0].clone();
    };
    EXPECT_EQ(start(1).sizes(), (std::vector<std::int64_t>{1, 8, 6}));
    EXPECT_TRUE(at::equal(start(1), start(1)));
    EXPECT_FALSE(at::equal(start(1), start(2)));
}

TEST(WeightMatrix, is_a_view_of_one_of_several_in_a_flat_weight) {
    // [in 2, elements 3, out 2] after four other numbers: the matrix of element e is [:, e, :].
    const WeightMatrix place{"w", 4, 3, 2, 2, 2, 6};
    const at::Tensor flat = at::arange(16, at::kDouble);
    const at::Tensor expected = flat.narrow(0, 4, 12).view({2, 3, 2}).transpose(0, 1);
    EXPECT_TRUE(at::equal(place.view(flat), expected));
}

class FineTuning : public testing::Test {
  protected:
    FineTuning() : frames_(test::labelled_frames_of(teacher_, 12)) {}

    TrainSummary train_student(Json changes) {
        changes.update(Json{{"epochs", 30}, {"learning_rate", 0.03}, {"batch", 3}, {"weight_decay", 1e-3}});
        return train(student_, std::span(frames_).first(9), std::span(frames_).last(3),
                     test::train_options(changes), {});
    }

    ToyNetwork teacher_{3}, student_{4};
    std::vector<Frame> frames_;
};

// Neither the optimiser nor weight decay nor the average of the weights touches them.
TEST_F(FineTuning, leaves_held_weights_as_they_are_and_learns_with_the_others) {
    const at::Tensor hidden = weight(student_, 0), first = weight(student_, 1), last = weight(student_, 2);
    const TrainSummary summary = train_student(Json{{"freeze", Json{{"patterns", {"hidden.*"}}}}});
    EXPECT_TRUE(at::equal(weight(student_, 0), hidden));
    EXPECT_FALSE(at::equal(weight(student_, 1), first));
    EXPECT_FALSE(at::equal(weight(student_, 2), last));
    EXPECT_LT(summary.validation_after->loss, 0.5 * summary.validation_before->loss);
    EXPECT_THAT(summary.trained, HasSubstr("2 of 3 weights"));
    EXPECT_TRUE(student_.parameters()[0].second.requires_grad());
}

// Batches are chosen by gradients with respect to the last layer. It is then a probe of what a frame would
// teach, and its own weights may stay: every graph gets a copy of them, which is differentiated by.
TEST_F(FineTuning, can_hold_the_last_layer_and_still_choose_batches_by_its_gradients) {
    const at::Tensor last = weight(student_, 2);
    const TrainSummary summary =
        train_student(Json{{"freeze", Json{{"patterns", {"last.*"}}}},
                           {"selection", Json{{"strategy", "divbs"}, {"ratio", 0.5}}}});
    EXPECT_TRUE(at::equal(weight(student_, 2), last));
    EXPECT_LT(summary.validation_after->loss, 0.5 * summary.validation_before->loss);
}

TEST_F(FineTuning, learns_with_low_rank_updates_alone) {
    const at::Tensor hidden = weight(student_, 0), first = weight(student_, 1);
    const TrainSummary summary = train_student(Json{{"lora", Json{{"rank", 2}, {"alpha", 2}}}});
    EXPECT_LT(summary.validation_after->loss, 0.9 * summary.validation_before->loss);
    EXPECT_TRUE(at::equal(weight(student_, 1), first));
    const at::Tensor change = weight(student_, 0) - hidden;
    EXPECT_EQ(at::linalg_matrix_rank(change, 1e-10).item<std::int64_t>(), 2);
    EXPECT_THAT(summary.trained, HasSubstr("rank 2 updates of 1 matrices in 1 of 3 weights"));
}

TEST_F(FineTuning, gives_the_very_weights_back_when_no_low_rank_update_was_better) {
    const at::Tensor before = test::all_weights(teacher_);
    for (Frame& frame : std::span(frames_).first(9)) {
        for (Vec3& force : frame.labels.forces) {
            force[1] += 1.0;
        }
    }
    const TrainSummary summary =
        train(teacher_, std::span(frames_).first(9), std::span(frames_).last(3),
              test::train_options(Json{{"epochs", 3}, {"e0", "never"}, {"lora", Json{{"rank", 2}}}}), {});
    EXPECT_EQ(summary.kept_epoch, 0u);
    EXPECT_TRUE(at::equal(test::all_weights(teacher_), before));
}

}  // namespace
}  // namespace fibonaqi::nn
