#include "fibonaqi/nn/sample_gradients.hpp"

#include <gtest/gtest.h>

#include "fibonaqi/nn/loss_terms.hpp"

#include "tests/unit/nn/random_graphs.hpp"

namespace fibonaqi::nn {
namespace {

using test::random_sample;
using test::relative_difference;
using test::Sample;
using test::ToyNetwork;

// Sums of a few hundred terms, differentiated twice: a few hundred roundings.
constexpr double rounding = 1e-12;

const LossWeights all_terms{1.0, 100.0, 3.0};

// Loss of all structures at the network's present weights, graph kept.
at::Tensor losses(const Network& network, const Sample& sample, const LossOptions& loss) {
    const GraphBatch batch = make_batch(sample.graphs, network.card(), network.options());
    const NetworkOutput output = network.evaluate(batch, request_for_loss(loss.weights));
    return structure_losses(output, batch, make_batch_labels(sample.labels, batch), loss);
}

Sample only(const Sample& sample, std::size_t index) {
    return {{sample.structures[index]}, {sample.graphs[index]}, {sample.labels[index]}};
}

at::Tensor gradients(const Network& network, const Sample& sample, GradientOptions options = {}) {
    options.loss.weights = all_terms;
    return loss_gradients(network, sample.graphs, sample.labels, options);
}

TEST(SampleGradients, equal_a_loop_over_single_structures) {
    const ToyNetwork network;
    const Sample sample = random_sample(network, 10);
    const at::Tensor rows = gradients(network, sample);
    for (std::size_t i = 0; i < sample.graphs.size(); ++i) {
        const at::Tensor loss = losses(network, only(sample, i), {all_terms}).sum();
        const at::Tensor expected =
            torch::autograd::grad({loss}, {test::parameter(network, "last.weight")})[0];
        EXPECT_LT(relative_difference(rows[static_cast<std::int64_t>(i)], expected), rounding) << i;
    }
}

// Beyond the last layer: one column per weight of the readouts, those of every structure as it has them
// alone.
TEST(SampleGradients, of_all_readouts_equal_a_loop_over_single_structures) {
    const ToyNetwork network;
    const Sample sample = random_sample(network, 8);
    for (const ReadoutSet set : {ReadoutSet::linear_readouts, ReadoutSet::readouts}) {
        GradientOptions options;
        options.readouts = set;
        const at::Tensor rows = gradients(network, sample, options);
        EXPECT_EQ(rows.size(1), set == ReadoutSet::readouts ? 8 + 48 + 6 : 8 + 6);
        for (std::size_t i = 0; i < sample.graphs.size(); ++i) {
            const at::Tensor loss = losses(network, only(sample, i), {all_terms}).sum();
            std::vector<at::Tensor> expected;
            for (const at::Tensor& part : torch::autograd::grad({loss}, parameters_of(network, set))) {
                expected.push_back(part.flatten());
            }
            EXPECT_LT(relative_difference(rows[static_cast<std::int64_t>(i)], at::cat(expected, 0)), rounding)
                << i;
        }
    }
}

// The loss is quadratic in w, so a central difference with a step of 1 is exact up to rounding.
TEST(SampleGradients, equal_central_differences_in_the_weights) {
    const ToyNetwork network;
    const Sample sample = random_sample(network, 6);
    const at::Tensor rows = gradients(network, sample);
    const at::Tensor weight = test::parameter(network, "last.weight").detach();
    for (std::int64_t k = 0; k < weight.numel(); ++k) {
        weight[k] += 1.0;
        const at::Tensor above = losses(network, sample, {all_terms}).detach();
        weight[k] -= 2.0;
        const at::Tensor below = losses(network, sample, {all_terms}).detach();
        weight[k] += 1.0;
        EXPECT_LT(relative_difference(0.5 * (above - below), rows.select(1, k)), 1e-10) << k;
    }
}

// Of hidden weights the loss is no polynomial: a central difference has an error of the order of step^2.
TEST(SampleGradients, of_hidden_weights_equal_central_differences) {
    const ToyNetwork network;
    const Sample sample = random_sample(network, 6);
    GradientOptions options;
    options.readouts = ReadoutSet::readouts;
    const at::Tensor rows = gradients(network, sample, options);
    const at::Tensor weight = test::parameter(network, "hidden.weight").detach().flatten();
    constexpr double step = 1e-5;
    for (std::int64_t k = 0; k < weight.numel(); k += 7) {
        weight[k] += step;
        const at::Tensor above = losses(network, sample, {all_terms}).detach();
        weight[k] -= 2.0 * step;
        const at::Tensor below = losses(network, sample, {all_terms}).detach();
        weight[k] += step;
        EXPECT_LT(relative_difference((above - below) / (2.0 * step), rows.select(1, 8 + k)), 1e-6) << k;
    }
}

TEST(SampleGradients, do_not_depend_on_how_the_superbatch_is_cut) {
    const ToyNetwork network;
    const Sample sample = random_sample(network, 11);
    for (const ForceNormalisation normalisation :
         {ForceNormalisation::per_structure, ForceNormalisation::batch_atoms}) {
        GradientOptions options;
        options.loss.normalisation = normalisation;
        options.chunk = 100;
        const at::Tensor whole = gradients(network, sample, options);
        for (const std::size_t chunk : {1, 3, 5}) {
            options.chunk = chunk;
            EXPECT_LT(relative_difference(gradients(network, sample, options), whole), rounding) << chunk;
        }
    }
}

TEST(SampleGradients, vanish_where_nothing_is_wrong) {
    const ToyNetwork network;
    const Sample sample = random_sample(network, 5, 0.0);
    EXPECT_LT(gradients(network, sample).abs().max().item<double>(), 1e-10);
}

TEST(SampleGradients, sum_up_to_the_gradient_of_the_summed_loss) {
    const ToyNetwork network;
    const Sample sample = random_sample(network, 10);
    const at::Tensor expected = torch::autograd::grad({losses(network, sample, {all_terms}).sum()},
                                                      {test::parameter(network, "last.weight")})[0];
    EXPECT_LT(relative_difference(gradients(network, sample).sum(0), expected), rounding);
}

// The batch loss as MACE writes it: energies averaged over graphs, forces over all atoms of the batch.
TEST(SampleGradients, average_to_the_gradient_of_the_batch_loss_with_batch_atoms) {
    const ToyNetwork network;
    const Sample sample = random_sample(network, 9);
    const GraphBatch batch = make_batch(sample.graphs, network.card(), network.options());
    const NetworkOutput output = network.evaluate(batch, request_for_loss({1.0, 100.0, 0.0}));
    const BatchLabels labels = make_batch_labels(sample.labels, batch);
    const at::Tensor energy = ((output.energy - labels.energy) / batch.atoms_per_graph).square().mean();
    const at::Tensor force = (output.forces - labels.forces).square().mean();
    const at::Tensor expected =
        torch::autograd::grad({energy + 100.0 * force}, {test::parameter(network, "last.weight")})[0];
    GradientOptions options;
    options.loss.normalisation = ForceNormalisation::batch_atoms;
    const at::Tensor rows = loss_gradients(network, sample.graphs, sample.labels, options);
    EXPECT_LT(relative_difference(rows.mean(0), expected), rounding);
    // With mixed sizes the two normalisations are different things.
    EXPECT_GT(relative_difference(loss_gradients(network, sample.graphs, sample.labels, {}), rows), 0.01);
}

TEST(SampleGradients, do_not_see_a_uniform_force_error) {
    const ToyNetwork network;
    Sample sample = random_sample(network, 5, 0.0);
    for (Labels& labels : sample.labels) {
        for (Vec3& force : labels.forces) {
            force[1] += 2.0;
        }
    }
    EXPECT_LT(loss_gradients(network, sample.graphs, sample.labels, {}).abs().max().item<double>(), 1e-10);
}

TEST(SampleGradients, stay_the_same_when_the_cell_is_doubled) {
    const ToyNetwork network;
    Sample sample = random_sample(network, 7);
    const std::size_t last = 6;
    Structure doubled = sample.structures[last];
    Labels labels = sample.labels[last];
    const std::size_t atoms = doubled.size();
    for (std::size_t i = 0; i < atoms; ++i) {
        doubled.atomic_numbers.push_back(doubled.atomic_numbers[i]);
        Vec3 copy = doubled.positions[i];
        for (std::size_t axis = 0; axis < 3; ++axis) {
            copy[axis] += doubled.cell[0][axis];
        }
        doubled.positions.push_back(copy);
        labels.forces.push_back(labels.forces[i]);
    }
    for (double& component : doubled.cell[0]) {
        component *= 2.0;
    }
    *labels.energy *= 2.0;
    const Sample twice{{doubled}, {make_graph(doubled, network.card().cutoff)}, {labels}};
    EXPECT_LT(relative_difference(gradients(network, twice), gradients(network, only(sample, last))), 1e-10);
}

TEST(SampleGradients, leave_out_the_terms_of_missing_labels) {
    const ToyNetwork network;
    Sample sample = random_sample(network, 4);
    sample.labels[2].forces.clear();
    sample.labels[2].stress.reset();
    const at::Tensor rows = gradients(network, sample);
    GradientOptions energy_only;
    energy_only.loss.weights = {1.0, 0.0, 0.0};
    const at::Tensor expected = loss_gradients(network, sample.graphs, sample.labels, energy_only);
    EXPECT_LT(relative_difference(rows[2], expected[2]), rounding);
}

TEST(SampleGradients, of_float32_networks_agree_to_their_precision) {
    const ToyNetwork network(1, at::kFloat);
    const ToyNetwork precise(1, at::kDouble);
    const Sample sample = random_sample(precise, 8);
    EXPECT_LT(relative_difference(gradients(network, sample), gradients(precise, sample)), 1e-4);
}

TEST(SampleGradients, leave_the_parameters_trainable) {
    const ToyNetwork network;
    gradients(network, random_sample(network, 2));
    for (const auto& [name, tensor] : network.parameters()) {
        EXPECT_TRUE(tensor.requires_grad()) << name;
    }
}

TEST(SampleGradients, report_progress_after_every_chunk) {
    const ToyNetwork network;
    const Sample sample = random_sample(network, 7);
    std::vector<std::size_t> seen;
    GradientOptions options;
    options.chunk = 3;
    options.progress = [&](std::size_t done, std::size_t total) {
        seen.push_back(done);
        EXPECT_EQ(total, 7u);
    };
    gradients(network, sample, options);
    EXPECT_EQ(seen, (std::vector<std::size_t>{3, 6, 7}));
}

}  // namespace
}  // namespace fibonaqi::nn
