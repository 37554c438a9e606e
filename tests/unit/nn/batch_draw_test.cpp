#include "fibonaqi/nn/batch_draw.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <numeric>
#include <set>

#include <gtest/gtest.h>

#include "fibonaqi/base/error.hpp"
#include "fibonaqi/nn/sample_gradients.hpp"
#include "fibonaqi/nn/sample_losses.hpp"
#include "fibonaqi/nn/train_step.hpp"

#include "tests/unit/nn/draws.hpp"

namespace fibonaqi::nn {
namespace {

using test::Draws;
using test::frame_count;
using Ids = Draws::Ids;

TEST_F(Draws, take_every_frame_once_in_an_epoch) {
    const TrainOptions options = test::train_options(Json{{"batch", 5}});
    BatchDraw draw(options, frame_count);
    const std::vector<Ids> first = epoch_of(draw, 1);
    ASSERT_EQ(first.size(), 5u);
    std::multiset<std::uint64_t> seen;
    for (const Ids& batch : first) {
        EXPECT_LE(batch.size(), 5u);
        seen.insert(batch.begin(), batch.end());
    }
    EXPECT_EQ(seen.size(), frame_count);
    EXPECT_EQ(std::set<std::uint64_t>(seen.begin(), seen.end()).size(), frame_count);
    EXPECT_EQ(draw.times_chosen(), std::vector<std::size_t>(frame_count, 1));
    EXPECT_NE(epoch_of(draw, 2), first) << "every epoch in the same order";
    BatchDraw again(options, frame_count);
    EXPECT_EQ(epoch_of(again, 1), first);
    TrainOptions other = options;
    other.seed += 1;
    BatchDraw elsewhere(other, frame_count);
    EXPECT_NE(epoch_of(elsewhere, 1), first);
}

TEST_F(Draws, take_the_share_of_the_ratio) {
    const TrainOptions options = test::train_options(Json{{"batch", 2}, {"selection", Json{{"ratio", 0.2}}}});
    BatchDraw draw(options, frame_count);
    const std::vector<Ids> batches = epoch_of(draw, 1);
    ASSERT_EQ(batches.size(), 3u);
    EXPECT_EQ(batches[0].size(), 2u);
    EXPECT_EQ(batches[1].size(), 2u);
    EXPECT_EQ(batches[2].size(), 1u) << "3 frames are left over, a fifth of them rounds to 1";
    EXPECT_EQ(std::accumulate(draw.times_chosen().begin(), draw.times_chosen().end(), std::size_t{0}), 5u);
}

// The same selector, fed by hand.
TEST_F(Draws, are_those_of_the_selector_on_loss_gradients) {
    const TrainOptions options = test::train_options(
        Json{{"batch", 3}, {"energy_weight", 2}, {"selection", Json{{"strategy", "divbs"}, {"ratio", 0.3}}}});
    BatchDraw draw(options, frame_count);
    for (const std::uint64_t epoch : {1, 2}) {
        for (const Ids& superbatch : draw.superbatches(epoch)) {
            std::vector<AtomGraph> graphs;
            std::vector<Labels> labels;
            for (const std::uint64_t id : superbatch) {
                graphs.push_back(set_.graphs[id]);
                labels.push_back(set_.labels[id]);
            }
            GradientOptions gradients;
            gradients.loss.weights = {2.0, 100.0, 0.0};
            gradients.loss.normalisation = ForceNormalisation::batch_atoms;
            SelectionRequest request;
            request.batch = superbatch.size() == 10 ? 3 : 1;
            request.seed = options.seed;
            request.cycle = epoch;
            request.ids = superbatch;
            const Selection expected =
                make_selector("divbs", Json::object())
                    ->select(loss_gradients(network_, graphs, labels, gradients), request);
            const Ids chosen = draw.choose(network_, set_, superbatch, epoch).frames;
            ASSERT_EQ(chosen.size(), expected.picks.size());
            for (std::size_t i = 0; i < chosen.size(); ++i) {
                EXPECT_EQ(chosen[i], expected.picks[i].id);
            }
        }
    }
    EXPECT_GT(draw.seconds(), 0.0);
}

TEST_F(Draws, follow_the_present_weights) {
    const TrainOptions options = test::train_options(Json{
        {"batch", 2},
        {"selection", Json{{"strategy", "divbs"}, {"ratio", 0.1}, {"options", Json{{"pick", "argmax"}}}}}});
    BatchDraw draw(options, frame_count);
    const Ids before = draw.choose(network_, set_, draw.superbatches(1)[0], 1).frames;
    test::ToyNetwork other(77);
    const Ids after = draw.choose(other, set_, draw.superbatches(1)[0], 1).frames;
    EXPECT_NE(before, after);
}

TEST_F(Draws, need_no_features_where_everything_is_taken) {
    const TrainOptions options =
        test::train_options(Json{{"batch", 4}, {"selection", Json{{"strategy", "divbs"}}}});
    BatchDraw draw(options, frame_count);
    EXPECT_EQ(epoch_of(draw, 1).size(), 6u);
    EXPECT_EQ(draw.times_chosen(), std::vector<std::size_t>(frame_count, 1));
}

TEST_F(Draws, take_more_of_the_data_as_the_schedule_says) {
    const TrainOptions options = test::train_options(
        Json{{"batch", 2},
             {"epochs", 4},
             {"selection", Json{{"ratio", 0.25}, {"schedule", "linear"}, {"final_epochs", 1}}}});
    BatchDraw draw(options, frame_count);
    std::vector<std::size_t> taken;
    for (const std::uint64_t epoch : {1, 2, 3, 4}) {
        std::size_t frames = 0;
        for (const Ids& batch : epoch_of(draw, epoch)) {
            frames += batch.size();
        }
        taken.push_back(frames);
    }
    // Superbatches of 8, 3 (2 / 0.625 rounded), 2, 2; of the 7 and 2 left over two and one are taken.
    EXPECT_EQ(taken, (std::vector<std::size_t>{6, 15, frame_count, frame_count}));
}

TEST_F(Draws, keep_a_record_of_what_selection_met) {
    const TrainOptions options =
        test::train_options(Json{{"batch", 10}, {"selection", Json{{"strategy", "divbs"}, {"ratio", 0.5}}}});
    BatchDraw draw(options, frame_count);
    for (const std::uint64_t id : {0, 1, 2}) {
        set_.labels[id].forces[0][0] += 1e5;
    }
    epoch_of(draw, 1);
    EXPECT_EQ(draw.record().superbatches, 2u);
    EXPECT_GE(draw.record().exhausted, 1u) << "6 numbers of the last layer span at most 6 frames";
    EXPECT_GE(draw.record().filled, 4u);
    EXPECT_EQ(draw.record().outliers, 3u);
    EXPECT_GT(draw.record().largest_condition, 1.0);
    EXPECT_EQ(draw.record().rejected, 0u);
    draw.set_record({});
    EXPECT_EQ(draw.record().superbatches, 0u);
}

TEST_F(Draws, refuse_a_superbatch_that_is_no_whole_number) {
    TrainOptions options = test::train_options(Json{{"batch", 10}});
    options.selection.ratio = 0.3;
    EXPECT_THROW(BatchDraw(options, frame_count), ConfigError);
}

TEST_F(Draws, say_when_no_gradient_is_finite) {
    const TrainOptions options =
        test::train_options(Json{{"batch", 2}, {"selection", Json{{"strategy", "divbs"}, {"ratio", 0.1}}}});
    network_.parameters()[1].second.detach().fill_(std::nan(""));
    BatchDraw draw(options, frame_count);
    EXPECT_THROW(draw.choose(network_, set_, draw.superbatches(1)[0], 1), Error);
}

TEST_F(Draws, go_by_the_losses_of_the_frames_at_the_present_weights) {
    const TrainOptions options =
        test::train_options(Json{{"batch", 2}, {"selection", Json{{"strategy", "loss"}, {"ratio", 0.2}}}});
    BatchDraw draw(options, frame_count);
    const Ids superbatch = draw.superbatches(1)[0];
    const std::vector<double> losses =
        sample_losses(network_, graphs_of(set_, superbatch), labels_of(set_, superbatch),
                      loss_before_stage_two(options), default_chunk);
    std::map<double, std::uint64_t, std::greater<>> by_loss;
    for (std::size_t i = 0; i < superbatch.size(); ++i) {
        by_loss[losses[i]] = superbatch[i];
    }
    const TrainBatch chosen = draw.choose(network_, set_, superbatch, 1);
    EXPECT_EQ(chosen.frames, (Ids{by_loss.begin()->second, std::next(by_loss.begin())->second}));
    EXPECT_EQ(chosen.weights, (std::vector<double>{1.0, 1.0}));
    EXPECT_EQ(draw.record().superbatches, 1u);
    EXPECT_TRUE(draw.stored_losses().empty());
}

TEST_F(Draws, go_by_stored_losses_without_an_evaluation) {
    const TrainOptions options = test::train_options(Json::parse(
        R"({"batch": 2, "selection": {"strategy": "loss", "ratio": 0.2, "losses": "stored", "refresh_epochs": 2}})"));
    BatchDraw draw(options, frame_count);
    const Ids superbatch = draw.superbatches(1)[0];
    // Known: 1, 2, 3 ... in the order of the superbatch, but for the last frame, which then counts as 9.
    for (std::size_t i = 0; i + 1 < superbatch.size(); ++i) {
        draw.note_step({superbatch[i]}, {0.0, {1.0 + static_cast<double>(i)}, 0.0, {}}, set_, 1);
    }
    const auto first = [&](std::uint64_t epoch) {
        const Ids chosen = draw.choose(network_, set_, superbatch, epoch).frames;
        return std::set<std::uint64_t>(chosen.begin(), chosen.end());
    };
    const std::set<std::uint64_t> expected{superbatch[9], superbatch[8]};
    EXPECT_EQ(first(1), expected);
    draw.begin_epoch(network_, set_, 2);
    EXPECT_EQ(first(2), expected) << "refreshed too early";
    draw.begin_epoch(network_, set_, 3);
    std::vector<std::uint64_t> all(frame_count);
    std::iota(all.begin(), all.end(), std::uint64_t{0});
    EXPECT_EQ(draw.stored_losses(), sample_losses(network_, graphs_of(set_, all), labels_of(set_, all),
                                                  loss_before_stage_two(options), default_chunk));
    draw.follow(loss_before_stage_two(options));
    EXPECT_TRUE(std::isnan(draw.stored_losses()[0])) << "losses of another kind were kept";
}

TEST_F(Draws, clip_and_choose_weights_as_asked) {
    const auto chosen = [&](const Json& more) {
        Json selection{{"strategy", "gradient_norm"}, {"ratio", 0.1}};
        selection.update(more);
        const TrainOptions options = test::train_options(Json{{"batch", 2}, {"selection", selection}});
        BatchDraw draw(options, frame_count);
        return draw.choose(network_, set_, draw.superbatches(1)[0], 1).frames;
    };
    const Ids longest = chosen(Json::object());
    // All of length 1: the smallest ids win.
    const Ids normalised = chosen(Json{{"normalise_rows", true}});
    EXPECT_NE(normalised, longest);
    EXPECT_NE(chosen(Json{{"last_layer", "readouts"}}), Ids());
}

TEST_F(Draws, compare_with_the_losses_of_a_reference_model) {
    const TrainOptions options =
        test::train_options(Json{{"batch", 1},
                                 {"force_normalisation", "per_structure"},
                                 {"selection", Json{{"strategy", "rho_loss"}, {"ratio", 0.1}}}});
    EXPECT_THROW(BatchDraw(options, frame_count), ConfigError);
    std::vector<double> reference(frame_count, 1e6);
    BatchDraw draw(options, frame_count, reference);
    const Ids superbatch = draw.superbatches(1)[0];
    reference[superbatch[4]] = -1e6;
    BatchDraw other(options, frame_count, reference);
    EXPECT_EQ(other.choose(network_, set_, superbatch, 1).frames, Ids{superbatch[4]});
}

TEST_F(Draws, pass_on_the_weights_of_the_selector) {
    const TrainOptions options = test::train_options(Json::parse(
        R"({"batch": 2, "selection": {"strategy": "gradient_norm", "ratio": 0.2, "options": {"pick": "importance"}}})"));
    BatchDraw draw(options, frame_count);
    const TrainBatch batch = draw.choose(network_, set_, draw.superbatches(1)[0], 1);
    ASSERT_EQ(batch.weights.size(), 2u);
    EXPECT_NE(batch.weights[0], 1.0);
    EXPECT_GT(batch.weights[0], 0.0);
}

class Steps : public Draws {};

// Weights 2 and 0 of two frames: the mean is the gradient of the first frame alone.
TEST_F(Steps, follow_the_mean_of_weight_times_gradient) {
    const TrainOptions options =
        test::train_options(Json{{"average_decay", 0}, {"force_normalisation", "per_structure"}});
    const auto weights_after = [&](const TrainBatch& batch) {
        test::ToyNetwork student(9);
        TrainStep step(student, set_, options);
        for (int i = 0; i < 3; ++i) {  // Adam's first step knows no lengths
            step.run(batch, 1e-2);
        }
        return test::all_weights(student);
    };
    const auto loss_of = [&](const TrainBatch& batch) {
        test::ToyNetwork student(9);
        return TrainStep(student, set_, options).run(batch, 0.0);
    };
    const at::Tensor alone = weights_after({{3}, {1.0}});
    EXPECT_LT(test::relative_difference(weights_after({{3, 8}, {2.0, 0.0}}), alone), 1e-9);
    EXPECT_GT(test::relative_difference(weights_after({{3, 8}, {1.0, 1.0}}), alone), 1e-4);
    const StepLoss equal = loss_of(test::batch_of({3, 8})), weighted = loss_of({{3, 8}, {0.5, 2.0}});
    EXPECT_EQ(equal.frames, weighted.frames);
    EXPECT_NEAR(equal.mean, (equal.frames[0] + equal.frames[1]) / 2.0, 1e-12 * equal.mean);
    EXPECT_NEAR(weighted.mean, (0.5 * equal.frames[0] + 2.0 * equal.frames[1]) / 2.0, 1e-12 * equal.mean);
}

// Pieces bound the memory; they must not change what is learnt. 12 atoms are fewer than two frames have.
TEST_F(Steps, do_not_depend_on_the_pieces_of_a_batch) {
    std::vector<at::Tensor> results;
    std::vector<double> losses;
    for (const std::size_t atoms : {1, 12, 100000}) {
        test::ToyNetwork student(9);
        TrainOptions options = test::train_options(Json{{"average_decay", 0}});
        options.chunk_atoms = atoms;
        TrainStep step(student, set_, options);
        losses.push_back(step.run(test::batch_of({3, 0, 8, 14, 5}), 1e-2).mean);
        results.push_back(test::all_weights(student));
    }
    EXPECT_NEAR(losses[0], losses[2], 1e-11 * losses[2]);
    EXPECT_NEAR(losses[1], losses[2], 1e-11 * losses[2]);
    // Adam's first step is the sign of the gradient, where rounding of a vanishing one would show.
    EXPECT_LT(test::relative_difference(results[0], results[2]), 1e-9);
    EXPECT_LT(test::relative_difference(results[1], results[2]), 1e-9);
}

TEST_F(Steps, name_the_frames_whose_loss_is_not_finite_and_change_nothing) {
    test::ToyNetwork student(9);
    const TrainOptions options = test::train_options(Json::object());
    set_.labels[8].forces[0][1] = std::nan("");
    TrainStep step(student, set_, options);
    const at::Tensor before = test::all_weights(student);
    try {
        step.run(test::batch_of({14, 8, 2}), 1e-2);
        FAIL() << "a loss that is no number was accepted";
    } catch (const Error& error) {
        const std::string message = error.what();
        EXPECT_NE(message.find("the loss of training frames 2, 8, 14 is not finite"), std::string::npos)
            << message;
        EXPECT_NE(message.find("use a smaller learning_rate, or look at these frames"), std::string::npos);
    }
    EXPECT_TRUE(at::equal(before, test::all_weights(student)));
    // As if it had never happened: Adam and the averages have not moved either.
    set_.labels[8].forces[0][1] = 0.0;
    test::ToyNetwork other(9);
    TrainStep fresh(other, set_, options);
    EXPECT_EQ(step.run(test::batch_of({14, 8, 2}), 1e-2).mean,
              fresh.run(test::batch_of({14, 8, 2}), 1e-2).mean);
    EXPECT_TRUE(at::equal(test::all_weights(other), test::all_weights(student)));
    EXPECT_TRUE(at::equal(step.averages().snapshot()[0], fresh.averages().snapshot()[0]));
}

TEST_F(Steps, name_frames_by_their_numbers_in_the_file_where_these_are_known) {
    for (std::size_t i = 0; i < frames_.size(); ++i) {
        frames_[i].info[file_frame_key] = static_cast<long>(100 + i);
    }
    set_.labels[8].energy = std::nan("");
    test::ToyNetwork student(9);
    const TrainOptions options = test::train_options(Json::object());
    TrainStep step(student, set_, options);
    try {
        step.run(test::batch_of({14, 8}), 1e-2);
        FAIL() << "a loss that is no number was accepted";
    } catch (const Error& error) {
        EXPECT_NE(std::string(error.what()).find("training frames 108, 114"), std::string::npos)
            << error.what();
    }
}

}  // namespace
}  // namespace fibonaqi::nn
