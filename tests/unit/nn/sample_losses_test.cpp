#include "fibonaqi/nn/sample_losses.hpp"

#include <cmath>

#include <gtest/gtest.h>

#include "tests/unit/nn/random_graphs.hpp"

namespace fibonaqi::nn {
namespace {

using test::random_sample;
using test::Sample;
using test::ToyNetwork;

std::vector<Labels> predictions(const Network& network, const Sample& sample) {
    const at::Tensor unmoved = at::zeros({last_layer_weights(network).numel()}, at::kDouble);
    return predict_labels(network, sample.graphs, unmoved, false, 4);
}

// From the predictions themselves.
TEST(SampleLosses, are_the_weighted_squares_of_the_errors) {
    const ToyNetwork network;
    const Sample sample = random_sample(network, 7);
    LossOptions loss;
    loss.weights = {2.0, 30.0, 0.0};
    const std::vector<double> losses = sample_losses(network, sample.graphs, sample.labels, loss, 3);
    const std::vector<Labels> predicted = predictions(network, sample);
    ASSERT_EQ(losses.size(), 7u);
    for (std::size_t i = 0; i < losses.size(); ++i) {
        const auto atoms = static_cast<double>(sample.graphs[i].size());
        double expected = 2.0 * std::pow((*predicted[i].energy - *sample.labels[i].energy) / atoms, 2);
        for (std::size_t atom = 0; atom < sample.graphs[i].size(); ++atom) {
            for (std::size_t axis = 0; axis < 3; ++axis) {
                expected +=
                    30.0 / (3.0 * atoms) *
                    std::pow(predicted[i].forces[atom][axis] - sample.labels[i].forces[atom][axis], 2);
            }
        }
        EXPECT_NEAR(losses[i], expected, 1e-10 * expected) << i;
    }
}

TEST(SampleLosses, do_not_depend_on_how_the_frames_are_cut) {
    const ToyNetwork network;
    const Sample sample = random_sample(network, 8);
    LossOptions loss;
    loss.normalisation = ForceNormalisation::batch_atoms;
    const auto whole = sample_losses(network, sample.graphs, sample.labels, loss, 8);
    const auto single = sample_losses(network, sample.graphs, sample.labels, loss, 1);
    for (std::size_t i = 0; i < whole.size(); ++i) {
        EXPECT_NEAR(single[i], whole[i], 1e-12 * whole[i]);
    }
    EXPECT_TRUE(sample_losses(network, {}, {}, loss, 3).empty());
}

// Energies 1, 2, 6 have the mean 3 and the mean square distance (4 + 1 + 9) / 3.
TEST(CommitteeSpread, is_the_root_mean_square_distance_from_the_mean) {
    std::vector<std::vector<Labels>> models;
    for (const double value : {1.0, 2.0, 6.0}) {
        models.push_back({{value, {{0.0, 0.0, 5.0}, {value, -value, 2.0 * value}}, {}}});
    }
    const std::vector<FrameSpread> spread = committee_spread(models);
    const double expected = std::sqrt(14.0 / 3.0);
    ASSERT_EQ(spread.size(), 1u);
    EXPECT_NEAR(spread[0].energy, expected, 1e-14);
    EXPECT_NEAR(spread[0].forces[1][1], expected, 1e-14);
    EXPECT_NEAR(spread[0].forces[1][2], 2.0 * expected, 1e-14);
    EXPECT_EQ(spread[0].forces[0][2], 0.0);
    EXPECT_NEAR(largest_force_deviation(spread[0]), std::sqrt(6.0) * expected, 1e-14);
    EXPECT_NEAR(mean_force_spread(spread[0]), expected, 1e-14);  // 6 squares over 6 components
}

TEST(CommitteeSpread, of_a_prediction_that_is_no_number_is_no_number) {
    FrameSpread spread;
    spread.forces = {{1.0, 0.0, 0.0}, {std::nan(""), 0.0, 0.0}, {2.0, 0.0, 0.0}};
    EXPECT_TRUE(std::isnan(largest_force_deviation(spread)));
    EXPECT_TRUE(std::isnan(mean_force_spread(spread)));
}

}  // namespace
}  // namespace fibonaqi::nn
