// Gradients that are kept, predicted, or computed for a shortlist.
#include "fibonaqi/nn/batch_features.hpp"

#include <cmath>

#include <gtest/gtest.h>

#include "fibonaqi/nn/batch_draw.hpp"
#include "fibonaqi/nn/checkpoint.hpp"
#include "fibonaqi/nn/loss_terms.hpp"
#include "fibonaqi/nn/sample_gradients.hpp"
#include "fibonaqi/nn/train_step.hpp"

#include "tests/unit/nn/draws.hpp"

namespace fibonaqi::nn {
namespace {

using test::Draws;
using test::frame_count;
using Ids = Draws::Ids;

// Counts the frames that are evaluated.
class CountingNetwork : public test::ToyNetwork {
  public:
    using ToyNetwork::ToyNetwork;
    NetworkOutput evaluate(const GraphBatch& batch, const NetworkRequest& request) const override {
        frames += static_cast<std::size_t>(batch.graphs());
        return ToyNetwork::evaluate(batch, request);
    }
    mutable std::size_t frames = 0;
};

TEST_F(Draws, compute_a_share_of_kept_gradients_in_every_epoch) {
    const auto settings = [](std::size_t kept) {
        return test::train_options(Json{
            {"batch", 1}, {"selection", Json{{"strategy", "divbs"}, {"ratio", 0.2}, {"kept_epochs", kept}}}});
    };
    const TrainOptions options = settings(4), fresh_options = settings(1);
    BatchDraw draw(options, frame_count), fresh(fresh_options, frame_count);
    CountingNetwork network(3);
    const auto evaluated_in = [&](BatchDraw& any, std::uint64_t epoch) {
        network.frames = 0;
        std::vector<Ids> batches;
        for (const Ids& superbatch : any.superbatches(epoch)) {
            batches.push_back(any.choose(network, set_, superbatch, epoch).frames);
        }
        return std::pair(network.frames, batches);
    };
    EXPECT_EQ(evaluated_in(draw, 1).first, frame_count);
    std::size_t later = 0;
    for (const std::uint64_t epoch : {2, 3, 4, 5}) {
        const auto [evaluated, batches] = evaluated_in(draw, epoch);
        later += evaluated;
        EXPECT_LT(evaluated, frame_count);
        // The weights have not changed, so old gradients are as good as new ones.
        EXPECT_EQ(batches, evaluated_in(fresh, epoch).second) << epoch;
    }
    EXPECT_EQ(later, frame_count) << "in four epochs every frame once";
    draw.follow(loss_before_stage_two(options));
    EXPECT_EQ(evaluated_in(draw, 6).first, frame_count);
}

TEST_F(Draws, compute_a_few_gradients_beside_those_that_a_student_predicts) {
    const TrainOptions options = test::train_options(
        Json{{"batch", 2}, {"selection", Json{{"strategy", "divbs"}, {"ratio", 0.2}, {"student", 1.5}}}});
    BatchDraw draw(options, frame_count);
    CountingNetwork network(3);
    for (const std::uint64_t epoch : {1, 2, 3}) {
        network.frames = 0;
        draw.set_record({});
        for (const Ids& superbatch : draw.superbatches(epoch)) {
            const Ids chosen = draw.choose(network, set_, superbatch, epoch).frames;
            EXPECT_EQ(chosen.size(), superbatch.size() == 10 ? 2u : 1u);
        }
        // Batches of 2, 2, and 1 frame of the 3 that are left over.
        EXPECT_EQ(draw.record().gradients, 3u + 3u + 2u);
        EXPECT_EQ(network.frames, 8u + (epoch == 1 ? frame_count : 0u)) << "descriptors are computed once";
    }
}

// Two networks: of what is known, and of what is true now.
TEST_F(Draws, by_a_shortlist_of_the_whole_superbatch_are_exact_ones) {
    const auto chosen = [&](const Json& more) {
        Json selection{{"strategy", "divbs"}, {"ratio", 0.2}};
        selection.update(more);
        const TrainOptions options = test::train_options(
            Json{{"batch", 2}, {"force_normalisation", "per_structure"}, {"selection", selection}});
        BatchDraw draw(options, frame_count);
        epoch_of(draw, 1);
        const test::ToyNetwork moved(77);
        return epoch_of(draw, 2, &moved);
    };
    const std::vector<Ids> exact = chosen(Json::object());
    for (const Json& cheap : {Json{{"student", 0.5}}, Json{{"kept_epochs", 100}}}) {
        Json whole = cheap;
        whole["shortlist"] = 5;
        EXPECT_EQ(chosen(whole), exact) << whole;
        EXPECT_NE(chosen(cheap), exact) << cheap << " chooses like that anyway, which shows nothing";
    }
}

TEST_F(Draws, come_from_a_shortlist_by_gradients_at_the_present_weights) {
    const TrainOptions options = test::train_options(Json::parse(
        R"({"batch": 2, "force_normalisation": "per_structure",
            "selection": {"strategy": "divbs", "ratio": 0.1, "kept_epochs": 1000, "shortlist": 3}})"));
    BatchDraw draw(options, frame_count);
    epoch_of(draw, 1);
    draw.set_record({});
    const test::ToyNetwork moved(77);
    const Ids superbatch = draw.superbatches(2)[0];
    ASSERT_EQ(superbatch.size(), 20u);
    const Ids found = draw.choose(moved, set_, superbatch, 2).frames;
    EXPECT_EQ(draw.record().gradients, 6u);
    const auto select = [&](const Network& network, const Ids& ids, std::size_t batch) {
        GradientOptions gradients;
        gradients.loss = loss_before_stage_two(options);
        SelectionRequest request;
        request.batch = batch;
        request.seed = options.seed;
        request.cycle = 2;
        request.ids = ids;
        const at::Tensor rows =
            loss_gradients(network, graphs_of(set_, ids), labels_of(set_, ids), gradients);
        Ids picks;
        for (const Pick& pick : make_selector("divbs", Json::object())->select(rows, request).picks) {
            picks.push_back(pick.id);
        }
        return picks;
    };
    EXPECT_EQ(found, select(moved, select(network_, superbatch, 6), 2));
    EXPECT_NE(found, select(network_, superbatch, 2));
}

TEST_F(Draws, by_a_student_leave_out_frames_whose_gradient_was_not_finite) {
    const TrainOptions options = test::train_options(
        Json{{"batch", 2}, {"selection", Json{{"strategy", "divbs"}, {"ratio", 0.1}, {"student", 10}}}});
    set_.labels[4].energy = std::nan("");
    BatchDraw draw(options, frame_count);
    epoch_of(draw, 1);
    EXPECT_EQ(draw.times_chosen()[4], 0u);
    EXPECT_EQ(draw.record().rejected, 1u);
}

TEST_F(Draws, steps_give_a_student_the_gradients_of_their_frames_at_the_weights_before) {
    TrainOptions options = test::train_options(Json::parse(
        R"({"average_decay": 0, "chunk_atoms": 12, "selection": {"strategy": "divbs", "ratio": 0.1, "student": 1}})"));
    TrainOptions plain = options;
    plain.selection.rows.student = 0.0;
    const TrainBatch batch{{3, 8, 14, 2}, {2.0, 1.0, 0.0, 0.5}};
    for (const char* frozen : {"first.*", "last.*"}) {
        options.trainable.freeze.patterns = plain.trainable.freeze.patterns = {frozen};
        test::ToyNetwork student(9), other(9);
        GradientOptions gradients;
        gradients.loss = loss_before_stage_two(options);
        const at::Tensor expected =
            loss_gradients(student, graphs_of(set_, batch.frames), labels_of(set_, batch.frames), gradients);
        const StepLoss found = TrainStep(student, set_, options).run(batch, 1e-2);
        EXPECT_FALSE(TrainStep(other, set_, plain).run(batch, 1e-2).rows.defined());
        ASSERT_EQ(found.rows.sizes(), expected.sizes()) << frozen;
        for (const std::int64_t i : {0, 1, 3}) {
            EXPECT_LT(test::relative_difference(found.rows[i], expected[i]), 1e-10) << i;
        }
        EXPECT_FALSE(at::isfinite(found.rows[2]).any().item<bool>());
        EXPECT_LT(test::relative_difference(test::all_weights(student), test::all_weights(other)), 1e-10);
    }
}

// What is known afterwards stands in a checkpoint: rows, then the state of the student.
TEST_F(Draws, by_a_student_learn_from_what_steps_found) {
    const auto known_after = [&](const Json& more, const at::Tensor& row, double mean_atoms) {
        Json settings{{"batch", 2}, {"selection", {{"strategy", "divbs"}, {"ratio", 0.1}, {"student", 0.5}}}};
        settings.update(more);
        const TrainOptions options = test::train_options(settings);
        BatchDraw draw(options, frame_count);
        const Ids superbatch = draw.superbatches(1)[0];
        draw.choose(network_, set_, superbatch, 1);
        for (const std::uint64_t frame : superbatch) {
            StepLoss found{1.0, {1.0}, mean_atoms, row};
            draw.note_step({frame}, found, set_, 1);
        }
        Checkpoint checkpoint;
        draw.save(checkpoint);
        return std::pair(checkpoint.tensors.at("draw")[0], checkpoint.tensors.at("draw")[3]);
    };
    const Json per_structure{{"force_normalisation", "per_structure"}};
    const at::Tensor row = at::full({1, 6}, 7.0, at::kDouble);
    const auto count = [&](const at::Tensor& rows) {
        return (rows == 7.0).all(1).sum().item<std::int64_t>();
    };
    const auto [rows, coefficients] = known_after(per_structure, row, 0.0);
    EXPECT_EQ(count(rows), 19)
        << "but for the one that was computed, and the frames that are not in the superbatch";
    const auto nothing = known_after(per_structure, at::full({1, 6}, std::nan(""), at::kDouble), 0.0);
    EXPECT_EQ(count(nothing.first), 0);
    EXPECT_FALSE(at::equal(coefficients, nothing.second)) << "the student has learnt nothing";
    // Divided by the mean of a batch, rows mean something else than those divided by the mean of all frames.
    EXPECT_EQ(count(known_after(Json::object(), row, 3.0).first), 0);
    EXPECT_EQ(count(known_after(Json::object(), row, mean_atoms(set_.graphs)).first), 19);
}

}  // namespace
}  // namespace fibonaqi::nn
