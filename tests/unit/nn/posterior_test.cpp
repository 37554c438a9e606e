#include "fibonaqi/nn/posterior.hpp"

#include <gtest/gtest.h>

#include "fibonaqi/base/error.hpp"
#include "fibonaqi/nn/uncertainty.hpp"

#include "tests/unit/nn/random_graphs.hpp"

namespace fibonaqi::nn {
namespace {

using test::random_sample;
using test::relative_difference;
using test::Sample;
using test::ToyNetwork;

constexpr std::int64_t width = 6;

std::vector<Labels> predictions(const Network& network, const Sample& sample, const at::Tensor& shift) {
    return predict_labels(network, sample.graphs, shift, true, 4);
}

at::Tensor unit(std::int64_t k) {
    at::Tensor shift = at::zeros({width}, at::kDouble);
    shift[k] = 1.0;
    return shift;
}

at::Tensor forces_of(const Labels& labels) {
    std::vector<double> flat;
    for (const Vec3& force : labels.forces) {
        flat.insert(flat.end(), force.begin(), force.end());
    }
    return at::tensor(flat, at::kDouble);
}

// dF/dw of structure i, [3N, d], by differences: exact because forces are linear in w.
at::Tensor jacobian(const Network& network, const Sample& sample, std::size_t i) {
    const at::Tensor base = forces_of(predictions(network, sample, at::zeros({width}, at::kDouble))[i]);
    std::vector<at::Tensor> columns;
    for (std::int64_t k = 0; k < width; ++k) {
        columns.push_back(forces_of(predictions(network, sample, unit(k))[i]) - base);
    }
    return at::stack(columns, 1);
}

std::vector<FrameSpread> spreads(const Network& network, const Sample& sample,
                                 const LastLayerPosterior& posterior) {
    return predict_spread(network, sample.graphs, {posterior.covariance(), 1.0, 1.0}, 5, {});
}

double mean_square(const FrameSpread& spread) {
    double sum = 0.0;
    for (const Vec3& force : spread.forces) {
        sum += force[0] * force[0] + force[1] * force[1] + force[2] * force[2];
    }
    return sum / (3.0 * static_cast<double>(spread.forces.size()));
}

// Root mean square over all force components of all structures.
double pooled_spread(const Network& network, const Sample& sample, const LastLayerPosterior& posterior) {
    double squares = 0.0, atoms = 0.0;
    for (const FrameSpread& spread : spreads(network, sample, posterior)) {
        squares += mean_square(spread) * static_cast<double>(spread.forces.size());
        atoms += static_cast<double>(spread.forces.size());
    }
    return std::sqrt(squares / atoms);
}

TEST(LastLayerMoments, are_those_of_the_jacobian_by_differences) {
    const ToyNetwork network;
    const Sample sample = random_sample(network, 6);
    const LastLayerMoments moments = last_layer_moments(network, sample.graphs, 4, {});
    ASSERT_EQ(moments.size(), 6);
    for (std::size_t i = 0; i < 6; ++i) {
        const at::Tensor columns = jacobian(network, sample, i);
        const auto row = static_cast<std::int64_t>(i);
        EXPECT_LT(relative_difference(moments.force_gram[row], at::mm(columns.t(), columns)), 1e-10);
        EXPECT_EQ(moments.atoms[row].item<double>(), static_cast<double>(sample.graphs[i].size()));
    }
}

TEST(LastLayerMoments, of_an_atom_without_neighbours_have_no_forces) {
    const ToyNetwork network;
    Structure atom;
    atom.atomic_numbers = {14};
    atom.positions = {{0.0, 0.0, 0.0}};
    const std::vector<AtomGraph> graphs{make_graph(atom, 4.0)};
    const LastLayerMoments moments = last_layer_moments(network, graphs, 1, {});
    EXPECT_EQ(moments.force_gram.abs().max().item<double>(), 0.0);
    EXPECT_THROW(LastLayerPosterior::prior(moments, 0.1), Error);
}

TEST(LastLayerPosterior, has_the_covariance_of_bayesian_linear_regression) {
    const ToyNetwork network;
    const Sample sample = random_sample(network, 5);
    const LastLayerMoments moments = last_layer_moments(network, sample.graphs, 5, {});
    PosteriorOptions options;
    options.weights = {2.0, 30.0, 0.0};
    options.regularisation = 0.01;
    const LastLayerPosterior posterior = LastLayerPosterior::fit(moments, 0.2, options);
    at::Tensor precision = at::zeros({width, width}, at::kDouble);
    for (std::size_t i = 0; i < 5; ++i) {
        const auto atoms = static_cast<double>(sample.graphs[i].size());
        const at::Tensor energy = moments.energy[static_cast<std::int64_t>(i)] / atoms;
        const at::Tensor columns = jacobian(network, sample, i);
        precision += 2.0 * at::outer(energy, energy) + 30.0 / (3.0 * atoms) * at::mm(columns.t(), columns);
    }
    precision += 0.01 / 5.0 * precision.trace() / width * at::eye(width, at::kDouble);
    const at::Tensor product = at::mm(precision, posterior.covariance());
    const at::Tensor expected = posterior.scale() * posterior.scale() * at::eye(width, at::kDouble);
    EXPECT_LT(relative_difference(product, expected), 1e-8);  // the condition number costs digits
}

TEST(LastLayerPosterior, predicts_the_measured_force_error_on_its_labels) {
    const ToyNetwork network;
    const Sample sample = random_sample(network, 9);
    const LastLayerMoments moments = last_layer_moments(network, sample.graphs, 5, {});
    const double measured =
        force_rmse(predictions(network, sample, at::zeros({width}, at::kDouble)), sample.labels);
    EXPECT_NEAR(measured, 0.3, 0.05);  // the noise that was put in, 135 components
    EXPECT_NEAR(pooled_spread(network, sample, LastLayerPosterior::fit(moments, measured, {})), measured,
                1e-12);
    EXPECT_NEAR(pooled_spread(network, sample, LastLayerPosterior::prior(moments, 0.07)), 0.07, 1e-12);
}

TEST(LastLayerPosterior, draws_with_its_covariance) {
    const ToyNetwork network;
    const Sample sample = random_sample(network, 9);
    const LastLayerMoments moments = last_layer_moments(network, sample.graphs, 5, {});
    const LastLayerPosterior posterior = LastLayerPosterior::fit(moments, 0.2, {});
    constexpr int draws = 4000;
    at::Tensor sum = at::zeros({width, width}, at::kDouble);
    for (std::uint64_t item = 0; item < draws; ++item) {
        const at::Tensor shift = posterior.draw(3, 1, item);
        sum += at::outer(shift, shift);
    }
    // Sampling error of a covariance: about sqrt(d / draws) = 0.04 of its norm.
    EXPECT_LT(relative_difference(sum / draws, posterior.covariance()), 0.12);
}

TEST(LastLayerPosterior, spread_is_that_of_the_predictions_under_its_draws) {
    const ToyNetwork network;
    const Sample sample = random_sample(network, 4);
    const LastLayerMoments moments = last_layer_moments(network, sample.graphs, 5, {});
    const LastLayerPosterior posterior = LastLayerPosterior::fit(moments, 0.2, {});
    const std::vector<Labels> base = predictions(network, sample, at::zeros({width}, at::kDouble));
    constexpr int draws = 300;
    double energy = 0.0;
    double force = 0.0;
    const double atoms = static_cast<double>(sample.graphs[3].size());
    for (std::uint64_t item = 0; item < draws; ++item) {
        const Labels drawn = predictions(network, sample, posterior.draw(5, 0, item))[3];
        energy += std::pow((*drawn.energy - *base[3].energy) / atoms, 2) / draws;
        force += (forces_of(drawn) - forces_of(base[3])).square().mean().item<double>() / draws;
    }
    const FrameSpread spread = spreads(network, sample, posterior)[3];
    EXPECT_NEAR(std::sqrt(energy) / (spread.energy / atoms), 1.0, 0.15);  // 300 draws
    EXPECT_NEAR(std::sqrt(force / mean_square(spread)), 1.0, 0.15);
}

TEST(LastLayerPosterior, draws_depend_on_their_key_alone) {
    const ToyNetwork network;
    const Sample sample = random_sample(network, 4);
    const LastLayerPosterior posterior =
        LastLayerPosterior::prior(last_layer_moments(network, sample.graphs, 2, {}), 0.1);
    const at::Tensor draw = posterior.draw(1, 2, 3);
    EXPECT_TRUE(at::equal(draw, posterior.draw(1, 2, 3)));
    EXPECT_FALSE(at::equal(draw, posterior.draw(2, 2, 3)));
    EXPECT_FALSE(at::equal(draw, posterior.draw(1, 3, 3)));
    EXPECT_FALSE(at::equal(draw, posterior.draw(1, 2, 4)));
}

TEST(PseudoLabels, are_linear_in_the_shift) {
    const ToyNetwork network;
    const Sample sample = random_sample(network, 5);
    const at::Tensor shift = at::linspace(-0.5, 0.7, width, at::kDouble);
    const Labels base = predictions(network, sample, 0.0 * shift)[4];
    const Labels once = predictions(network, sample, shift)[4];
    const Labels twice = predictions(network, sample, 2.0 * shift)[4];
    EXPECT_NEAR(*twice.energy - *base.energy, 2.0 * (*once.energy - *base.energy), 1e-12);
    EXPECT_LT(
        relative_difference(forces_of(twice) - forces_of(base), 2.0 * (forces_of(once) - forces_of(base))),
        1e-12);
    EXPECT_NEAR((*twice.stress)[0][1] - (*base.stress)[0][1],
                2.0 * ((*once.stress)[0][1] - (*base.stress)[0][1]), 1e-14);
}

// With pseudo labels at w + dw the residuals are -h.dw and -J dw, so the gradient is known in closed form.
TEST(PseudoLabels, give_the_loss_gradient_that_the_moments_predict) {
    const ToyNetwork network;
    Sample sample = random_sample(network, 5);
    const LastLayerMoments moments = last_layer_moments(network, sample.graphs, 5, {});
    const at::Tensor shift = at::linspace(-0.5, 0.7, width, at::kDouble);
    sample.labels = predict_labels(network, sample.graphs, shift, false, 2);
    const at::Tensor rows = loss_gradients(network, sample.graphs, sample.labels, {});
    for (std::int64_t i = 0; i < 5; ++i) {
        const double atoms = moments.atoms[i].item<double>();
        const at::Tensor energy = moments.energy[i] / atoms;
        const at::Tensor expected = -2.0 * (at::dot(energy, shift) * energy +
                                            100.0 / (3.0 * atoms) * at::mv(moments.force_gram[i], shift));
        EXPECT_LT(relative_difference(rows[i], expected), 1e-10) << i;
    }
}

TEST(PseudoLabels, carry_stress_only_where_there_is_one) {
    const ToyNetwork network;
    const Sample sample = random_sample(network, 2);
    const std::vector<Labels> with = predict_labels(network, sample.graphs, unit(0), true, 2);
    EXPECT_TRUE(with[0].stress.has_value());   // periodic
    EXPECT_FALSE(with[1].stress.has_value());  // a molecule
    EXPECT_FALSE(predict_labels(network, sample.graphs, unit(0), false, 2)[0].stress.has_value());
}

TEST(ForceRmse, needs_forces) {
    std::vector<Labels> reference(1), predicted(1);
    predicted[0].forces = {{0.3, 0.0, 0.4}};
    EXPECT_THROW((void)force_rmse(predicted, reference), ConfigError);
    reference[0].forces = {{0.0, 0.0, 0.0}};
    EXPECT_NEAR(force_rmse(predicted, reference), std::sqrt(0.25 / 3.0), 1e-15);
}

}  // namespace
}  // namespace fibonaqi::nn
