#include "fibonaqi/nn/features.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fibonaqi/base/error.hpp"

#include "tests/unit/nn/random_graphs.hpp"

namespace fibonaqi::nn {
namespace {

using test::random_sample;
using test::relative_difference;
using test::Sample;
using test::ToyNetwork;

at::Tensor rows_of(const Network& network, const Sample& sample, FeatureKind kind, std::size_t chunk = 3) {
    FeatureOptions options;
    options.kind = kind;
    options.chunk = chunk;
    return feature_rows(&network, sample.graphs, sample.labels, options);
}

at::Tensor energies(const Network& network, const Sample& sample) {
    const GraphBatch batch = make_batch(sample.graphs, network.card(), network.options());
    return network.evaluate(batch, {}).energy.detach();
}

// The energy is linear in w: a step of 1 is exact.
TEST(Features, prediction_gradient_is_the_derivative_of_the_energy) {
    const ToyNetwork network;
    const Sample sample = random_sample(network, 7);
    const at::Tensor rows = rows_of(network, sample, FeatureKind::prediction_gradient);
    const at::Tensor weight = test::parameter(network, "last.weight").detach();
    const at::Tensor before = energies(network, sample);
    for (std::int64_t k = 0; k < weight.numel(); ++k) {
        weight[k] += 1.0;
        EXPECT_LT(relative_difference(energies(network, sample) - before, rows.select(1, k)), 1e-10);
        weight[k] -= 1.0;
    }
}

// A step in a hidden weight is not exact: central differences.
TEST(Features, prediction_gradient_can_be_of_all_readouts) {
    const ToyNetwork network;
    const Sample sample = random_sample(network, 5);
    FeatureOptions options;
    options.kind = FeatureKind::prediction_gradient;
    options.readouts = ReadoutSet::readouts;
    const at::Tensor rows = feature_rows(&network, sample.graphs, {}, options);
    ASSERT_EQ(rows.size(1), 8 + 48 + 6);
    EXPECT_LT(relative_difference(rows.narrow(1, 56, 6),
                                  rows_of(network, sample, FeatureKind::prediction_gradient)),
              1e-12);
    const at::Tensor weight = test::parameter(network, "hidden.weight").detach().flatten();
    constexpr double step = 1e-5;
    weight[5] += step;
    const at::Tensor above = energies(network, sample);
    weight[5] -= 2.0 * step;
    const at::Tensor below = energies(network, sample);
    weight[5] += step;
    EXPECT_LT(relative_difference((above - below) / (2.0 * step), rows.select(1, 8 + 5)), 1e-7);
}

TEST(Features, prediction_gradient_can_be_per_atom) {
    const ToyNetwork network;
    const Sample sample = random_sample(network, 5);
    FeatureOptions options;
    options.kind = FeatureKind::prediction_gradient;
    options.per_atom = true;
    const at::Tensor rows = feature_rows(&network, sample.graphs, {}, options);
    const at::Tensor sums = rows_of(network, sample, FeatureKind::prediction_gradient);
    for (std::size_t i = 0; i < sample.graphs.size(); ++i) {
        const auto row = static_cast<std::int64_t>(i);
        EXPECT_LT(relative_difference(rows[row] * static_cast<double>(sample.graphs[i].size()), sums[row]),
                  1e-14);
    }
}

TEST(Features, embedding_is_the_mean_over_the_atoms) {
    const ToyNetwork network;
    const Sample sample = random_sample(network, 5);
    const at::Tensor rows = rows_of(network, sample, FeatureKind::embedding);
    const std::span<const AtomGraph> last(&sample.graphs[4], 1);
    const NetworkOutput output = network.evaluate(make_batch(last, network.card(), network.options()), {});
    EXPECT_LT(relative_difference(rows[4], output.node_features.detach().mean(0)), 1e-14);
    EXPECT_EQ(rows.size(1), 14);
}

TEST(Features, do_not_depend_on_the_chunks) {
    const ToyNetwork network;
    const Sample sample = random_sample(network, 8);
    for (const FeatureKind kind :
         {FeatureKind::loss_gradient, FeatureKind::prediction_gradient, FeatureKind::embedding}) {
        EXPECT_LT(relative_difference(rows_of(network, sample, kind, 1), rows_of(network, sample, kind, 8)),
                  1e-12);
    }
}

TEST(Features, loss_gradient_names_the_first_frame_without_labels) {
    const ToyNetwork network;
    Sample sample = random_sample(network, 4);
    sample.labels[2] = {};
    try {
        rows_of(network, sample, FeatureKind::loss_gradient);
        FAIL();
    } catch (const ConfigError& error) {
        EXPECT_THAT(error.what(), testing::StartsWith("frame 2 has no label"));
    }
}

TEST(Features, survive_the_way_to_the_host_and_back) {
    const at::Tensor rows = at::tensor({1.0, 2.0, 3.0, 4.0, 5.0, 6.0}, at::kDouble).reshape({3, 2});
    const FeatureMatrix matrix = to_feature_matrix(rows);
    EXPECT_EQ(matrix.row(1)[1], 4.0);
    EXPECT_THAT(matrix.ids, testing::ElementsAre(0, 1, 2));
    EXPECT_TRUE(at::equal(to_tensor(matrix), rows));
}

TEST(Features, kinds_have_names) {
    EXPECT_EQ(feature_kind_from("embedding"), FeatureKind::embedding);
    EXPECT_THROW(feature_kind_from("embeding"), ConfigError);
}

TEST(Features, of_nothing_are_no_rows) {
    const ToyNetwork network;
    for (const FeatureKind kind : {FeatureKind::loss_gradient, FeatureKind::embedding}) {
        EXPECT_EQ(rows_of(network, {}, kind).size(0), 0);
    }
}

}  // namespace
}  // namespace fibonaqi::nn
