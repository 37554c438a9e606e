#include "fibonaqi/nn/uncertainty.hpp"

#include <gtest/gtest.h>

#include "fibonaqi/base/error.hpp"
#include "fibonaqi/nn/posterior.hpp"

#include "tests/unit/nn/random_graphs.hpp"

namespace fibonaqi {
namespace {

using test::ToyNetwork;

const nn::ChunkProgress no_progress = [](std::size_t, std::size_t) {};

at::Tensor random_shift(std::uint64_t seed, std::int64_t d, double size) {
    KeyedRng rng(seed, "shift");
    std::vector<double> values;
    for (std::int64_t i = 0; i < d; ++i) {
        values.push_back(size * rng.normal());
    }
    return at::tensor(values, at::kDouble);
}

std::vector<AtomGraph> graphs_of(const nn::Network& network, std::size_t first, std::size_t count) {
    std::vector<AtomGraph> graphs;
    for (std::size_t i = first; i < first + count; ++i) {
        graphs.push_back(make_graph(test::random_structure(i), network.card().cutoff));
    }
    return graphs;
}

// With C = v v^T the spread of everything linear in w is what it changes when w moves by v.
TEST(Uncertainty, of_one_direction_is_the_change_of_predictions_along_it) {
    const ToyNetwork network;
    const auto graphs = graphs_of(network, 0, 7);
    const at::Tensor v = random_shift(1, 6, 0.3);
    const nn::Uncertainty uncertainty{at::outer(v, v), 2.0, 3.0};
    const auto spreads = nn::predict_spread(network, graphs, uncertainty, 3, no_progress);
    const auto before = nn::predict_labels(network, graphs, at::zeros_like(v), false, 3);
    const auto after = nn::predict_labels(network, graphs, v, false, 3);
    ASSERT_EQ(spreads.size(), graphs.size());
    for (std::size_t i = 0; i < graphs.size(); ++i) {
        EXPECT_NEAR(spreads[i].energy, 2.0 * std::abs(*after[i].energy - *before[i].energy), 1e-9);
        ASSERT_EQ(spreads[i].forces.size(), graphs[i].size());
        ASSERT_EQ(spreads[i].node_energy.size(), graphs[i].size());
        for (std::size_t atom = 0; atom < graphs[i].size(); ++atom) {
            for (std::size_t axis = 0; axis < 3; ++axis) {
                EXPECT_NEAR(spreads[i].forces[atom][axis],
                            3.0 * std::abs(after[i].forces[atom][axis] - before[i].forces[atom][axis]), 1e-9);
            }
        }
    }
}

// Labels of a model whose last layer differs from the network's by a draw of a prior, plus noise.
std::vector<Labels> labels_with_noise(const nn::Network& network, const std::vector<AtomGraph>& graphs,
                                      const at::Tensor& shift, double noise) {
    std::vector<Labels> labels = nn::predict_labels(network, graphs, shift, false, 4);
    KeyedRng rng(5, "noise");
    for (Labels& label : labels) {
        *label.energy += noise * rng.normal();
        for (Vec3& force : label.forces) {
            for (double& component : force) {
                component += noise * rng.normal();
            }
        }
    }
    return labels;
}

std::vector<Frame> frames_of(const std::vector<Labels>& labels, std::size_t first) {
    std::vector<Frame> frames(labels.size());
    for (std::size_t i = 0; i < labels.size(); ++i) {
        frames[i].structure = test::random_structure(first + i);
        frames[i].labels = labels[i];
    }
    return frames;
}

class UncertaintyMethods : public testing::TestWithParam<nn::UncertaintyMethod> {};

TEST_P(UncertaintyMethods, are_calibrated_on_the_validation_frames_and_rank_errors) {
    const ToyNetwork network;
    const auto training = graphs_of(network, 0, 12), validation = graphs_of(network, 20, 30);
    const at::Tensor shift = random_shift(2, 6, 0.2);
    const auto train_labels = labels_with_noise(network, training, shift, 0.01);
    const auto labels = labels_with_noise(network, validation, shift, 0.01);
    nn::UncertaintyOptions options;
    options.method = GetParam();
    const nn::FittedUncertainty fitted =
        nn::fit_uncertainty(network, {training, train_labels}, {validation, labels}, options, no_progress);

    const auto spreads = nn::predict_spread(network, validation, fitted.uncertainty, 4, no_progress);
    std::vector<Prediction> predictions;
    for (const Labels& own : nn::predict_labels(network, validation, at::zeros_like(shift), false, 4)) {
        predictions.push_back({*own.energy, {}, own.forces, {}});
    }
    const auto frames = frames_of(labels, 20);
    const auto forces = force_calibration(frames, predictions, spreads);
    const auto energy = energy_calibration(frames, predictions, spreads);
    EXPECT_NEAR(forces->z_spread, 1.0, 1e-6);  // by construction
    EXPECT_NEAR(energy->z_spread, 1.0, 1e-6);
    EXPECT_GT(forces->rank_correlation, 0.3);
}

INSTANTIATE_TEST_SUITE_P(Both, UncertaintyMethods,
                         testing::Values(nn::UncertaintyMethod::posterior, nn::UncertaintyMethod::committee),
                         [](const auto& method) {
                             return method.param == nn::UncertaintyMethod::posterior ? "posterior"
                                                                                     : "committee";
                         });

TEST(Uncertainty, of_a_committee_is_the_same_for_the_same_seed) {
    const ToyNetwork network;
    const auto graphs = graphs_of(network, 0, 8);
    const auto labels = labels_with_noise(network, graphs, random_shift(2, 6, 0.2), 0.05);
    nn::UncertaintyOptions options;
    options.method = nn::UncertaintyMethod::committee;
    const auto fit = [&](std::uint64_t seed) {
        options.seed = seed;
        return nn::fit_uncertainty(network, {graphs, labels}, {graphs, labels}, options, no_progress)
            .uncertainty.covariance;
    };
    const at::Tensor first = fit(1);
    EXPECT_TRUE(at::equal(first, fit(1)));
    EXPECT_FALSE(at::equal(first, fit(2)));
}

TEST(Uncertainty, is_kept_in_a_model_file_and_dropped_when_weights_change) {
    ModelFile model = ToyNetwork().store(TensorType::float32);
    EXPECT_FALSE(nn::stored_uncertainty(model, 6).has_value());
    const at::Tensor covariance = at::outer(random_shift(1, 6, 1.0), random_shift(1, 6, 1.0));
    nn::store_uncertainty(model, {covariance, 0.5, 0.25}, Json{{"method", "posterior"}});
    const auto stored = nn::stored_uncertainty(model, 6);
    ASSERT_TRUE(stored.has_value());
    EXPECT_TRUE(at::equal(stored->covariance, covariance));
    EXPECT_EQ(stored->energy_scale, 0.5);
    EXPECT_EQ(stored->force_scale, 0.25);
    EXPECT_EQ(model.card.uncertainty["method"], "posterior");
    EXPECT_THROW(nn::stored_uncertainty(model, 7), ModelError);
    nn::drop_uncertainty(model);
    EXPECT_FALSE(nn::stored_uncertainty(model, 6).has_value());
    EXPECT_FALSE(model.tensors.contains("uncertainty.covariance"));
}

TEST(Uncertainty, cannot_be_calibrated_without_labels_or_without_interacting_atoms) {
    const ToyNetwork network;
    const auto graphs = graphs_of(network, 0, 3);
    const auto labels = labels_with_noise(network, graphs, random_shift(2, 6, 0.2), 0.05);
    const std::vector<Labels> none(3);
    EXPECT_THROW(nn::fit_uncertainty(network, {graphs, labels}, {graphs, none}, {}, no_progress),
                 ConfigError);
}

}  // namespace
}  // namespace fibonaqi
