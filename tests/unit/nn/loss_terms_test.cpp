#include "fibonaqi/nn/loss_terms.hpp"

#include <gtest/gtest.h>

#include "tests/unit/nn/random_graphs.hpp"

namespace fibonaqi::nn {
namespace {

// Two graphs of 1 and 2 atoms whose predictions are written down by hand.
struct Case {
    GraphBatch batch;
    NetworkOutput output;
    std::vector<Labels> labels;
};

Case hand_written() {
    Case made;
    made.batch.element = at::zeros({3}, at::kLong);
    made.batch.positions = at::zeros({3, 3}, at::kDouble);
    made.batch.graph = at::tensor({0, 1, 1}, at::kLong);
    made.batch.atoms_per_graph = at::tensor({1, 2}, at::kLong);
    made.batch.volume = at::tensor({0.0, 4.0}, at::kDouble);
    made.output.energy = at::tensor({3.0, 8.0}, at::kDouble);
    made.output.forces =
        at::tensor({1.0, 0.0, 0.0, 0.0, 2.0, 0.0, 0.0, 0.0, 3.0}, at::kDouble).reshape({3, 3});
    made.output.virial = at::zeros({2, 3, 3}, at::kDouble);
    made.output.virial[1][0][0] = -2.0;  // stress +0.5
    made.labels.resize(2);
    made.labels[0] = {2.0, {{0.0, 0.0, 0.0}}, Mat3{}};
    made.labels[1] = {6.0, {{0.0, 0.0, 0.0}, {0.0, 0.0, 0.0}}, Mat3{}};
    return made;
}

std::vector<double> losses(const Case& made, const LossOptions& options) {
    const at::Tensor loss =
        structure_losses(made.output, made.batch, make_batch_labels(made.labels, made.batch), options);
    return {loss.data_ptr<double>(), loss.data_ptr<double>() + loss.numel()};
}

TEST(LossTerms, divide_the_energy_error_by_the_atoms) {
    const std::vector<double> loss = losses(hand_written(), {{2.0, 0.0, 0.0}});
    EXPECT_DOUBLE_EQ(loss[0], 2.0 * 1.0);
    EXPECT_DOUBLE_EQ(loss[1], 2.0 * 1.0);  // (2 eV / 2 atoms)^2
}

TEST(LossTerms, average_forces_over_the_components_of_a_structure) {
    const std::vector<double> loss = losses(hand_written(), {{0.0, 6.0, 0.0}});
    EXPECT_DOUBLE_EQ(loss[0], 6.0 * 1.0 / 3.0);
    EXPECT_DOUBLE_EQ(loss[1], 6.0 * 13.0 / 6.0);
}

TEST(LossTerms, average_forces_over_the_components_of_the_batch) {
    const LossOptions options{{0.0, 9.0, 0.0}, ForceNormalisation::batch_atoms};
    const std::vector<double> loss = losses(hand_written(), options);
    EXPECT_DOUBLE_EQ(loss[0] / 2.0 + loss[1] / 2.0, 9.0 * 14.0 / 9.0);
}

TEST(LossTerms, take_the_mean_size_of_a_superbatch_when_told) {
    const LossOptions options{{0.0, 1.0, 0.0}, ForceNormalisation::batch_atoms, 5.0};
    EXPECT_DOUBLE_EQ(losses(hand_written(), options)[1], 13.0 / 15.0);
}

TEST(LossTerms, average_stress_over_nine_components_of_periodic_structures_only) {
    const std::vector<double> loss = losses(hand_written(), {{0.0, 0.0, 18.0}});
    EXPECT_DOUBLE_EQ(loss[0], 0.0);
    EXPECT_DOUBLE_EQ(loss[1], 18.0 * 0.25 / 9.0);
}

// Errors: energies 1 and 1 eV per atom, forces of lengths 1, 2 and 3, one stress component of 0.5.
TEST(LossTerms, of_huber_are_linear_beyond_delta) {
    LossOptions options{{2.0, 0.0, 0.0}};
    options.kind = LossKind::huber;
    options.huber_delta = 0.4;
    EXPECT_DOUBLE_EQ(losses(hand_written(), options)[1], 2.0 * 0.4 * (1.0 - 0.2));
    options.weights = {0.0, 6.0, 0.0};
    EXPECT_DOUBLE_EQ(losses(hand_written(), options)[1], 6.0 * 0.4 * (1.8 + 2.8) / 6.0);
    options.weights = {0.0, 0.0, 9.0};
    EXPECT_DOUBLE_EQ(losses(hand_written(), options)[1], 0.4 * 0.3);
    options.huber_delta = 1.0;
    EXPECT_DOUBLE_EQ(losses(hand_written(), options)[1], 0.5 * 0.25);
}

TEST(LossTerms, of_universal_have_tiers_of_the_labelled_force) {
    Case made = hand_written();
    LossOptions options{{0.0, 3.0, 0.0}};
    options.kind = LossKind::universal;
    options.huber_delta = 0.5;
    for (const auto& [force, factor] : {std::pair{99.9, 1.0}, {100.0, 0.7}, {250.0, 0.4}, {300.0, 0.1}}) {
        made.labels[0].forces = {{0.0, force, 0.0}};
        const double delta = 0.5 * factor;
        const double along_x = delta * (1.0 - 0.5 * delta), along_y = delta * (force - 0.5 * delta);
        EXPECT_NEAR(losses(made, options)[0], along_x + along_y, 1e-12) << force;
    }
    EXPECT_DOUBLE_EQ(losses(made, options)[1], 3.0 * 0.5 * (1.75 + 2.75) / 6.0);
}

TEST(LossTerms, leave_out_missing_labels) {
    Case made = hand_written();
    made.labels[0].energy.reset();
    made.labels[1].forces.clear();
    const std::vector<double> loss = losses(made, {{1.0, 3.0, 0.0}});
    EXPECT_DOUBLE_EQ(loss[0], 1.0);
    EXPECT_DOUBLE_EQ(loss[1], 1.0);
}

TEST(LossTerms, keep_gradients_finite_without_a_volume) {
    Case made = hand_written();
    made.output.virial.requires_grad_(true);
    const at::Tensor loss = structure_losses(made.output, made.batch,
                                             make_batch_labels(made.labels, made.batch), {{0.0, 0.0, 1.0}});
    const at::Tensor gradient = torch::autograd::grad({loss.sum()}, {made.output.virial})[0];
    EXPECT_TRUE(at::isfinite(gradient).all().item<bool>());
}

TEST(LossTerms, hold_labels_to_the_number_of_atoms) {
    Case made = hand_written();
    made.labels[1].forces.pop_back();
    EXPECT_THROW(losses(made, {}), ContractError);
}

// Stress of a network against the energy of strained structures: sign and factor.
TEST(LossTerms, take_stress_as_the_strain_derivative_of_the_energy_per_volume) {
    const test::ToyNetwork network;
    const Structure structure = test::random_structure(6);
    const auto energy_at = [&](double strain) {
        Structure strained = structure;
        const auto stretch = [&](Vec3& vector) {
            vector[0] += strain * vector[1];
            vector[1] += strain * vector[0];
        };
        std::for_each(strained.positions.begin(), strained.positions.end(), stretch);
        std::for_each(strained.cell.begin(), strained.cell.end(), stretch);
        const std::vector<AtomGraph> graphs{make_graph(strained, network.card().cutoff)};
        return *predict_labels(network, graphs, at::zeros({6}, at::kDouble), false, 1)[0].energy;
    };
    const std::vector<AtomGraph> graphs{make_graph(structure, network.card().cutoff)};
    const Labels labels = predict_labels(network, graphs, at::zeros({6}, at::kDouble), true, 1)[0];
    const double step = 1e-5;
    const double expected = (energy_at(step) - energy_at(-step)) / (2.0 * step) / volume(structure);
    EXPECT_NEAR(2.0 * (*labels.stress)[0][1], expected, 1e-7);  // step^2 and rounding / step
}

}  // namespace
}  // namespace fibonaqi::nn
