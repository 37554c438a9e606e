#include "fibonaqi/nn/sample_gradients.hpp"

#include <algorithm>

#include <torch/csrc/autograd/autograd.h>

#include "fibonaqi/base/contract.hpp"
#include "fibonaqi/nn/loss_terms.hpp"

namespace fibonaqi::nn {
namespace {

// A copy of the weights for every graph.
OwnWeights expanded(const Network& network, ReadoutSet set, std::int64_t graphs) {
    return {set, last_layer_weights(network, set).expand({graphs, -1}).clone().requires_grad_(true)};
}

at::Tensor gradients_of_chunk(const Network& network, std::span<const AtomGraph> graphs,
                              std::span<const Labels> labels, const GradientOptions& options) {
    const GraphBatch batch = make_batch(graphs, network.card(), network.options());
    NetworkRequest request = request_for_loss(options.loss.weights);
    request.own = expanded(network, options.readouts, batch.graphs());
    const NetworkOutput output = network.evaluate(batch, request);
    const at::Tensor sum =
        structure_losses(output, batch, make_batch_labels(labels, batch), options.loss).sum();
    return torch::autograd::grad({sum}, {request.own.copies})[0].to(at::kDouble);
}

}  // namespace

at::Tensor loss_gradients(const Network& network, std::span<const AtomGraph> graphs,
                          std::span<const Labels> labels, const GradientOptions& options) {
    FIBONAQI_EXPECT(graphs.size() == labels.size());
    if (graphs.empty()) {
        const at::Tensor weights = last_layer_weights(network, options.readouts);
        return at::zeros({0, weights.numel()}, weights.options().dtype(at::kDouble));
    }
    GradientOptions whole = options;
    if (whole.loss.mean_atoms == 0.0) {
        whole.loss.mean_atoms = mean_atoms(graphs);
    }
    const FrozenParameters frozen(network);
    std::vector<at::Tensor> rows;
    for_each_chunk(graphs.size(), options.chunk, options.progress, [&](std::size_t begin, std::size_t end) {
        rows.push_back(gradients_of_chunk(network, graphs.subspan(begin, end - begin),
                                          labels.subspan(begin, end - begin), whole));
    });
    return at::cat(rows, 0);
}

at::Tensor energy_gradients(const Network& network, const GraphBatch& batch, ReadoutSet set,
                            bool create_graph) {
    NetworkRequest request;
    request.forces = false;
    request.create_graph = create_graph;
    if (set == ReadoutSet::final_linear) {  // known without a derivative
        const at::Tensor hidden = network.evaluate(batch, request).last_hidden.to(at::kDouble);
        return at::zeros({batch.graphs(), hidden.size(1)}, hidden.options().requires_grad(false))
            .index_add(0, batch.graph, hidden);
    }
    const at::AutoGradMode with_gradients(true);
    request.hidden = false;
    request.own = expanded(network, set, batch.graphs());
    const at::Tensor energy = network.evaluate(batch, request).energy.sum();
    return torch::autograd::grad({energy}, {request.own.copies}, {}, create_graph, create_graph)[0].to(
        at::kDouble);
}

at::Tensor last_layer_weights(const Network& network, ReadoutSet set) {
    std::vector<at::Tensor> flat;
    for (const at::Tensor& parameter : parameters_of(network, set)) {
        flat.push_back(parameter.detach().flatten());
    }
    return at::cat(flat, 0);
}

FrozenParameters::FrozenParameters(const Network& network) {
    for (auto& [name, parameter] : network.parameters()) {
        if (parameter.requires_grad()) {
            frozen_.push_back(parameter);
            parameter.set_requires_grad(false);
        }
    }
}

FrozenParameters::~FrozenParameters() {
    for (at::Tensor& parameter : frozen_) {
        parameter.set_requires_grad(true);
    }
}

void for_each_chunk(std::size_t count, std::size_t chunk, const ChunkProgress& progress,
                    const std::function<void(std::size_t begin, std::size_t end)>& work) {
    FIBONAQI_EXPECT(chunk > 0);
    for (std::size_t begin = 0; begin < count; begin += chunk) {
        const std::size_t end = std::min(count, begin + chunk);
        work(begin, end);
        if (progress) {
            progress(end, count);
        }
    }
}

}  // namespace fibonaqi::nn
