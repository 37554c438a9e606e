#include "fibonaqi/nn/label_information.hpp"

#include <cmath>

#include <gtest/gtest.h>

#include "fibonaqi/nn/last_layer_jacobian.hpp"
#include "fibonaqi/nn/posterior.hpp"

#include "tests/unit/nn/random_graphs.hpp"

namespace fibonaqi::nn {
namespace {

using test::random_sample;
using test::relative_difference;
using test::Sample;
using test::ToyNetwork;

const LossWeights weights{2.0, 30.0, 0.0};

// K of every structure, from the Jacobian itself: [1 + 3N, d].
std::vector<at::Tensor> stacks(const Network& network, const Sample& sample,
                               const JacobianOptions& options = {}) {
    std::vector<at::Tensor> all;
    for (const AtomGraph& graph : sample.graphs) {
        const LastLayerJacobian jacobian = last_layer_jacobian(network, {&graph, 1}, options);
        const auto atoms = static_cast<double>(graph.size());
        const at::Tensor forces = jacobian.forces.transpose(1, 2).reshape({-1, jacobian.energy.size(1)});
        all.push_back(at::cat({std::sqrt(weights.energy) / atoms * jacobian.energy,
                               std::sqrt(weights.force / (3.0 * atoms)) * forces},
                              0));
    }
    return all;
}

// Sums of squares of all elements of K_i K_j', the long way.
at::Tensor kernel_of(const std::vector<at::Tensor>& stacks) {
    const auto size = static_cast<std::int64_t>(stacks.size());
    at::Tensor kernel = at::zeros({size, size}, at::kDouble);
    for (std::int64_t i = 0; i < size; ++i) {
        for (std::int64_t j = 0; j < size; ++j) {
            const auto a = static_cast<std::size_t>(i), b = static_cast<std::size_t>(j);
            kernel[i][j] = at::mm(stacks[a], stacks[b].t()).square().sum();
        }
    }
    return kernel;
}

at::Tensor rows_of(const Network& network, const Sample& sample, std::size_t directions,
                   std::uint64_t seed = 0) {
    InformationOptions options;
    options.weights = weights;
    options.directions = directions;
    options.seed = seed;
    options.chunk = 3;
    return information_rows(network, sample.graphs, options);
}

// Forces are not linear in hidden weights: central differences, by copies of the weights.
TEST(LastLayerJacobian, of_all_readouts_is_the_derivative_of_energies_and_forces) {
    const ToyNetwork network;
    const Sample sample = random_sample(network, 4);
    const LastLayerJacobian jacobian =
        last_layer_jacobian(network, sample.graphs, {ReadoutSet::readouts, {}});
    const at::Tensor own = last_layer_weights(network, ReadoutSet::readouts);
    const auto moved = [&](std::int64_t k, double by) {
        NetworkRequest request;
        request.own = {ReadoutSet::readouts, own.expand({jacobian.batch.graphs(), -1}).clone()};
        request.own.copies.select(1, k) += by;
        return network.evaluate(jacobian.batch, request);
    };
    constexpr double step = 1e-4;  // rounding of energies over the step: 1e-11 eV; step^2 beside 1: 1e-8
    for (const std::int64_t k : {3, 8, 30, 55, 56, 61}) {
        const NetworkOutput above = moved(k, step), below = moved(k, -step);
        EXPECT_LT(relative_difference((above.energy - below.energy).detach() / (2.0 * step),
                                      jacobian.energy.select(1, k)),
                  1e-6)
            << k;
        EXPECT_LT(
            relative_difference((above.forces - below.forces) / (2.0 * step), jacobian.forces.select(1, k)),
            1e-6)
            << k;
    }
}

TEST(LabelInformation, products_of_rows_are_the_squared_covariances_where_the_layer_is_narrow) {
    const ToyNetwork network;  // six weights
    const Sample sample = random_sample(network, 7);
    const at::Tensor rows = rows_of(network, sample, 6);
    EXPECT_EQ(rows.size(1), 21);
    EXPECT_LT(relative_difference(at::mm(rows, rows.t()), kernel_of(stacks(network, sample))), 1e-12);
}

// Of 20 weights 12 directions see 66 numbers. The mean of 400 draws is within five of its standard errors, as
// their scatter tells, for every pair of structures; and the scatter is not so wide that this says nothing.
TEST(LabelInformation, products_are_right_on_average_where_the_layer_is_wide) {
    const ToyNetwork network(1, at::kDouble, 20);
    const Sample sample = random_sample(network, 3);
    const at::Tensor expected = kernel_of(stacks(network, sample));
    std::vector<at::Tensor> draws;
    for (std::uint64_t seed = 0; seed < 400; ++seed) {
        const at::Tensor rows = rows_of(network, sample, 12, seed);
        ASSERT_EQ(rows.size(1), 66);
        draws.push_back(at::mm(rows, rows.t()));
    }
    const at::Tensor all = at::stack(draws, 0);
    const at::Tensor error = all.std(0, /*unbiased=*/true) / std::sqrt(400.0);
    EXPECT_LT(((all.mean(0) - expected).abs() / error).max().item<double>(), 5.0);
    EXPECT_LT((error / expected).max().item<double>(), 0.1);
}

// The network is linear in the first two of its readouts' weights, so 14 numbers; the Jacobian has as many
// columns.
TEST(LabelInformation, can_be_of_more_weights_than_the_last_layer_has) {
    const ToyNetwork network;
    const Sample sample = random_sample(network, 5);
    InformationOptions options;
    options.weights = weights;
    options.readouts = ReadoutSet::linear_readouts;
    const at::Tensor rows = information_rows(network, sample.graphs, options);
    ASSERT_EQ(rows.size(1), 14 * 15 / 2);
    EXPECT_LT(relative_difference(at::mm(rows, rows.t()),
                                  kernel_of(stacks(network, sample, {options.readouts, {}}))),
              1e-12);
}

TEST(LabelInformation, sums_of_rows_are_the_precision_of_the_posterior) {
    const ToyNetwork network;
    const Sample sample = random_sample(network, 6);
    const LastLayerMoments moments = last_layer_moments(network, sample.graphs, 3, {});
    PosteriorOptions options;
    options.weights = weights;
    options.regularisation = 1e-9;
    const at::Tensor covariance = LastLayerPosterior::fit(moments, 1.0, options).covariance();
    const at::Tensor precision = at::inverse(covariance / covariance[0][0]);
    const at::Tensor sum = rows_of(network, sample, 6).sum(0);
    at::Tensor matrix = at::zeros({6, 6}, at::kDouble);
    std::int64_t next = 0;
    for (std::int64_t k = 0; k < 6; ++k) {
        for (std::int64_t l = k; l < 6; ++l, ++next) {
            matrix[k][l] = matrix[l][k] = sum[next].item<double>() / (k == l ? 1.0 : std::sqrt(2.0));
        }
    }
    const at::Tensor factor = precision[0][0] / matrix[0][0];
    EXPECT_LT(relative_difference(matrix * factor, precision), 1e-6);
}

TEST(LabelInformation, does_not_depend_on_chunks_or_on_the_other_structures) {
    const ToyNetwork network(1, at::kDouble, 20);
    Sample sample = random_sample(network, 6);
    const at::Tensor all = rows_of(network, sample, 8);
    sample.graphs = {sample.graphs[4]};
    EXPECT_LT(relative_difference(rows_of(network, sample, 8)[0], all[4]), 1e-13);
}

TEST(LabelInformation, of_an_atom_alone_is_that_of_its_energy) {
    const ToyNetwork network;
    AtomGraph atom;
    atom.atomic_numbers = {8};
    atom.positions = {{0.0, 0.0, 0.0}};
    const at::Tensor rows = information_rows(network, {&atom, 1}, {});
    EXPECT_TRUE(at::isfinite(rows).all().item<bool>());
}

}  // namespace
}  // namespace fibonaqi::nn
