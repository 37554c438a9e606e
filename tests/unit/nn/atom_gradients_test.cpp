#include "fibonaqi/nn/atom_gradients.hpp"

#include <gtest/gtest.h>

#include "tests/unit/nn/random_graphs.hpp"

namespace fibonaqi::nn {
namespace {

using test::random_sample;
using test::relative_difference;
using test::Sample;
using test::ToyNetwork;

FeatureOptions options_of(FeatureKind kind, LossWeights weights = {}) {
    FeatureOptions options;
    options.kind = kind;
    options.loss.weights = weights;
    return options;
}

// The other way to these rows is one backward pass through the summed loss, without a Jacobian.
TEST(AtomGradients, add_up_to_the_row_of_the_structure) {
    const ToyNetwork network;
    const Sample sample = random_sample(network, 7);
    std::vector<FeatureOptions> all;
    for (const FeatureKind kind :
         {FeatureKind::loss_gradient, FeatureKind::prediction_gradient, FeatureKind::embedding}) {
        all.push_back(options_of(kind));
    }
    all.push_back(options_of(FeatureKind::prediction_gradient));
    all.back().per_atom = true;
    for (const LossKind kind : {LossKind::huber, LossKind::universal}) {
        all.push_back(options_of(FeatureKind::loss_gradient));
        all.back().loss.kind = kind;
        all.back().loss.huber_delta = 0.1;  // some errors are beyond it, some are not
    }
    for (const FeatureOptions& options : all) {
        for (std::size_t i = 0; i < sample.graphs.size(); ++i) {
            const at::Tensor row =
                feature_rows(&network, {&sample.graphs[i], 1}, {&sample.labels[i], 1}, options)[0];
            const at::Tensor parts = atom_gradients(network, sample.graphs[i], sample.labels[i], options);
            ASSERT_EQ(parts.size(0), static_cast<std::int64_t>(sample.graphs[i].size()));
            EXPECT_LT(relative_difference(parts.sum(0), row), 1e-11) << i;
        }
    }
}

// With forces alone the part of an atom is the gradient of its own force error. The prediction is linear in
// w, so that a central difference of this square with a step of 1 is exact up to rounding.
TEST(AtomGradients, of_forces_are_the_gradients_of_each_atoms_own_error) {
    const ToyNetwork network;
    const Sample sample = random_sample(network, 4);
    const at::Tensor w = last_layer_weights(network);
    const LossWeights weights{0.0, 100.0, 0.0};
    for (std::size_t i = 0; i < sample.graphs.size(); ++i) {
        const at::Tensor parts = atom_gradients(network, sample.graphs[i], sample.labels[i],
                                                options_of(FeatureKind::loss_gradient, weights));
        const std::size_t atoms = sample.graphs[i].size();
        const auto errors_at = [&](const at::Tensor& shift) {
            const auto predicted = predict_labels(network, {&sample.graphs[i], 1}, shift, false, 1);
            at::Tensor errors = at::zeros({static_cast<std::int64_t>(atoms)}, at::kDouble);
            for (std::size_t atom = 0; atom < atoms; ++atom) {
                for (std::size_t x = 0; x < 3; ++x) {
                    const double error = predicted[0].forces[atom][x] - sample.labels[i].forces[atom][x];
                    errors[static_cast<std::int64_t>(atom)] +=
                        weights.force * error * error / (3.0 * static_cast<double>(atoms));
                }
            }
            return errors;
        };
        at::Tensor expected = at::zeros_like(parts);
        for (std::int64_t k = 0; k < w.numel(); ++k) {
            at::Tensor step = at::zeros({w.numel()}, at::kDouble);
            step[k] = 1.0;
            expected.select(1, k).copy_(0.5 * (errors_at(step) - errors_at(-step)));
        }
        EXPECT_LT(relative_difference(parts, expected), 1e-10) << i;
    }
}

TEST(AtomGradients, leave_out_an_atom_whose_force_is_right) {
    const ToyNetwork network;
    Sample sample = random_sample(network, 4);
    const at::Tensor none = at::zeros({last_layer_weights(network).numel()}, at::kDouble);
    sample.labels[3].forces[1] = predict_labels(network, {&sample.graphs[3], 1}, none, false, 1)[0].forces[1];
    const at::Tensor parts = atom_gradients(network, sample.graphs[3], sample.labels[3],
                                            options_of(FeatureKind::loss_gradient, {0.0, 100.0, 0.0}));
    EXPECT_LT(parts[1].abs().max().item<double>(), 1e-10 * parts.abs().max().item<double>());
    EXPECT_GT(parts[0].abs().max().item<double>(), 0.0);
}

}  // namespace
}  // namespace fibonaqi::nn
