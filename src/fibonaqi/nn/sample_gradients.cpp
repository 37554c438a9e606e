#include "fibonaqi/nn/sample_gradients.hpp"

#include <algorithm>

#include <torch/csrc/autograd/autograd.h>

#include "fibonaqi/base/contract.hpp"
#include "fibonaqi/nn/loss_terms.hpp"

namespace fibonaqi::nn {
namespace {

at::Tensor gradients_of_chunk(const Network& network, const at::Tensor& weights,
                              std::span<const AtomGraph> graphs, std::span<const Labels> labels,
                              const LossOptions& loss) {
    const GraphBatch batch = make_batch(graphs, network.card(), network.options());
    NetworkRequest request = request_for_loss(loss.weights);
    request.last_layer = weights.expand({batch.graphs(), -1}).clone().requires_grad_(true);
    const NetworkOutput output = network.evaluate(batch, request);
    const at::Tensor sum = structure_losses(output, batch, make_batch_labels(labels, batch), loss).sum();
    return torch::autograd::grad({sum}, {request.last_layer})[0].to(at::kDouble);
}

}  // namespace

at::Tensor loss_gradients(const Network& network, std::span<const AtomGraph> graphs,
                          std::span<const Labels> labels, const GradientOptions& options) {
    FIBONAQI_EXPECT(graphs.size() == labels.size());
    const at::Tensor weights = last_layer_weights(network);
    if (graphs.empty()) {
        return at::zeros({0, weights.numel()}, weights.options().dtype(at::kDouble));
    }
    LossOptions loss = options.loss;
    if (loss.mean_atoms == 0.0) {
        loss.mean_atoms = mean_atoms(graphs);
    }
    const FrozenParameters frozen(network);
    std::vector<at::Tensor> rows;
    for_each_chunk(graphs.size(), options.chunk, options.progress, [&](std::size_t begin, std::size_t end) {
        rows.push_back(gradients_of_chunk(network, weights, graphs.subspan(begin, end - begin),
                                          labels.subspan(begin, end - begin), loss));
    });
    return at::cat(rows, 0);
}

at::Tensor last_layer_weights(const Network& network) {
    for (const auto& [name, parameter] : network.parameters()) {
        if (name == network.last_layer_name()) {
            return parameter.detach().flatten();
        }
    }
    FIBONAQI_EXPECT(false);
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
