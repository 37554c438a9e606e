// The part of the contract of networks that selection relies on: gradients of single structures with respect
// to sets of weights. To be included beside network_contract.hpp.
#pragma once

#include <algorithm>

#include "tests/contract/nn/network_contract.hpp"

namespace fibonaqi::test {

// Those that the network knows; all of them hold the last layer.
inline std::vector<nn::ReadoutSet> readout_sets(const nn::Network& network) {
    std::vector<nn::ReadoutSet> sets{nn::ReadoutSet::final_linear};
    try {
        for (const auto set : {nn::ReadoutSet::linear_readouts, nn::ReadoutSet::readouts}) {
            const std::vector<std::string> names = network.readout_weights(set);
            EXPECT_EQ(std::count(names.begin(), names.end(), network.last_layer_name()), 1);
            sets.push_back(set);
        }
    } catch (const ConfigError& error) {
        EXPECT_EQ(sets.size(), 1u) << error.what();
    }
    return sets;
}

TEST_P(NetworkContract, copies_of_the_readouts_weights_change_nothing) {
    const auto network = make_network();
    const ContractSet set(network->card().cutoff);
    const nn::GraphBatch batch = nn::make_batch(set.graphs, network->card(), network->options());
    const at::Tensor energy = network->evaluate(batch, {}).energy;
    for (const nn::ReadoutSet readouts : readout_sets(*network)) {
        nn::NetworkRequest request;
        request.own = {readouts,
                       nn::last_layer_weights(*network, readouts).expand({batch.graphs(), -1}).clone()};
        EXPECT_LE((network->evaluate(batch, request).energy - energy).abs().max().item<double>(), 1e-10);
    }
}

// By central differences of the energies of all structures, one weight after the other. Of the readouts the
// last of each parameter stands for the others.
TEST_P(NetworkContract, energy_gradients_are_finite_differences) {
    const auto network = make_network();
    const ContractSet set(network->card().cutoff);
    const nn::GraphBatch batch = nn::make_batch(set.graphs, network->card(), network->options());
    const nn::FrozenParameters frozen(*network);
    for (const nn::ReadoutSet readouts : readout_sets(*network)) {
        const at::Tensor rows = nn::energy_gradients(*network, batch, readouts, false).detach();
        std::int64_t column = -1;
        for (const at::Tensor& parameter : nn::parameters_of(*network, readouts)) {
            column += parameter.numel();
            const at::Tensor number = parameter.detach().flatten()[-1];  // shares the parameter's memory
            constexpr double step = 1e-4;
            number.add_(step);
            const at::Tensor above = network->evaluate(batch, {}).energy.detach();
            number.sub_(2.0 * step);
            const at::Tensor below = network->evaluate(batch, {}).energy.detach();
            number.add_(step);
            const at::Tensor difference = (above - below) / (2.0 * step);
            EXPECT_LE((rows.select(1, column) - difference).abs().max().item<double>(),
                      1e-6 * std::max(1.0, difference.abs().max().item<double>()))
                << column;
        }
        EXPECT_EQ(column + 1, rows.size(1));
    }
}

// The rows that selection works with: all at once, or one structure after the other.
TEST_P(NetworkContract, gradients_of_a_batch_by_expanded_weights_are_those_of_its_samples) {
    const auto network = make_network();
    for (const nn::ReadoutSet readouts : readout_sets(*network)) {
        const ContractSet set(network->card().cutoff);
        const at::Tensor rows =
            nn::loss_gradients(*network, set.graphs, set.labels, {contract_loss(), 5, {}, readouts});
        for (std::size_t i = 0; i < set.graphs.size(); ++i) {
            const nn::GraphBatch batch =
                nn::make_batch({&set.graphs[i], 1}, network->card(), network->options());
            const auto output = network->evaluate(batch, nn::request_for_loss(contract_loss().weights));
            const at::Tensor loss =
                nn::structure_losses(output, batch, nn::make_batch_labels({&set.labels[i], 1}, batch),
                                     contract_loss())
                    .sum();
            std::vector<at::Tensor> flat;
            for (const at::Tensor& gradient :
                 torch::autograd::grad({loss}, nn::parameters_of(*network, readouts))) {
                flat.push_back(gradient.flatten());
            }
            const at::Tensor alone = at::cat(flat, 0);
            const at::Tensor row = rows[static_cast<std::int64_t>(i)];
            EXPECT_GT(alone.norm().item<double>(), 1e-6);
            EXPECT_LE((row - alone).norm().item<double>(), 1e-10 * alone.norm().item<double>());
        }
    }
}

}  // namespace fibonaqi::test
