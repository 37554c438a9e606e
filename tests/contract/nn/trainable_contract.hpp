// The part of the contract of networks that fine-tuning relies on: layers that can be held, matrices that can
// have low-rank updates. To be included beside network_contract.hpp.
#pragma once

#include <algorithm>
#include <map>
#include <set>

#include "fibonaqi/nn/name_pattern.hpp"
#include "fibonaqi/nn/parametrisation.hpp"

#include "tests/contract/nn/network_contract.hpp"

namespace fibonaqi::test {

TEST_P(NetworkContract, its_layers_are_weights_of_their_own_and_leave_the_last_one_out) {
    const auto network = make_network();
    ASSERT_EQ(network->layers().empty(), GetParam().name == "torchscript")
        << "a user's program names no layers";
    std::set<std::string> seen;
    for (const auto& layer : network->layers()) {
        std::size_t size = 0;
        for (const auto& [name, tensor] : network->parameters()) {
            const bool is_in_it =
                std::any_of(layer.begin(), layer.end(),
                            [&name](const std::string& pattern) { return nn::matches(pattern, name); });
            size += is_in_it ? 1 : 0;
            EXPECT_TRUE(!is_in_it || seen.insert(name).second) << name << " is in two layers";
        }
        EXPECT_GT(size, 0u);
    }
    EXPECT_FALSE(seen.contains(network->last_layer_name()));
}

TEST_P(NetworkContract, its_matrices_lie_apart_in_its_parameters) {
    const auto network = make_network();
    std::map<std::string, at::Tensor> uses;
    for (const auto& [name, tensor] : network->parameters()) {
        uses[name] = at::zeros_like(tensor.detach());
    }
    ASSERT_FALSE(network->matrices().empty());
    bool has_last_layer = false;
    for (const nn::WeightMatrix& matrix : network->matrices()) {
        ASSERT_TRUE(uses.contains(matrix.parameter)) << matrix.parameter;
        matrix.view(uses[matrix.parameter]).add_(1.0);
        has_last_layer = has_last_layer || matrix.parameter == network->last_layer_name();
    }
    for (const auto& [name, count] : uses) {
        EXPECT_EQ(count.gt(1.0).sum().item<std::int64_t>(), 0) << name;
    }
    EXPECT_TRUE(has_last_layer);
}

// Low-rank updates: nothing at first, then gradients of their factors through the chain rule.
TEST_P(NetworkContract, gradients_of_low_rank_updates_are_finite_differences_of_the_loss) {
    const auto network = make_network();
    const ContractSet set(network->card().cutoff);
    const nn::GraphBatch batch = nn::make_batch(set.graphs, network->card(), network->options());
    const nn::BatchLabels labels = nn::make_batch_labels(set.labels, batch);
    const auto loss = [&] {
        const auto output = network->evaluate(batch, nn::request_for_loss(contract_loss().weights));
        return nn::structure_losses(output, batch, labels, contract_loss()).sum();
    };
    const double before = loss().item<double>();
    const nn::Parametrisation updates(*network, {{}, {2, 1.5}}, 7);
    updates.follow();
    EXPECT_EQ(loss().item<double>(), before);
    for (std::size_t i = 0; i < updates.leaves().size(); ++i) {
        updates.leaves()[i].add_(random_like(updates.leaves()[i], i), 0.05);  // also away from B = 0
    }
    updates.follow();
    const auto gradients =
        updates.pull_back(torch::autograd::grad({loss()}, updates.weights(), {}, false, false, true));
    ASSERT_EQ(gradients.size(), updates.leaves().size());
    constexpr double step = 1e-5;
    for (std::size_t i = 0; i < gradients.size(); ++i) {
        const at::Tensor direction = random_like(updates.leaves()[i], 100 + i);
        const auto at_step = [&](double factor) {
            updates.leaves()[i].add_(direction, factor);
            updates.follow();
            const double value = loss().item<double>();
            updates.leaves()[i].sub_(direction, factor);
            return value;
        };
        const double difference = (at_step(step) - at_step(-step)) / (2.0 * step);
        const double derivative =
            gradients[i].defined() ? (gradients[i] * direction).sum().item<double>() : 0.0;
        EXPECT_NEAR(derivative, difference, 1e-6 * std::max(1.0, std::abs(difference))) << i;
    }
}

// The updated network is an ordinary one: as a file it gives the very same numbers.
TEST_P(NetworkContract, low_rank_updates_are_in_the_stored_model) {
    const auto network = make_network();
    const AtomGraph graph = graph_of(disordered_structure(true));
    const nn::GraphBatch batch = nn::make_batch({&graph, 1}, network->card(), network->options());
    const double before = network->evaluate(batch, {}).energy.item<double>();
    const nn::Parametrisation updates(*network, {{}, {2, 1.5}}, 7);
    for (std::size_t i = 0; i < updates.leaves().size(); ++i) {
        updates.leaves()[i].add_(random_like(updates.leaves()[i], i), 0.1);
    }
    updates.follow();
    const double after = network->evaluate(batch, {}).energy.item<double>();
    EXPECT_GT(std::abs(after - before), 1e-6);
    const auto stored = nn::load_network(network->store(TensorType::float64), network->options());
    EXPECT_EQ(stored->evaluate(batch, {}).energy.item<double>(), after);
}

}  // namespace fibonaqi::test
