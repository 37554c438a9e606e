#include "fibonaqi/nn/atom_gradients.hpp"

#include <torch/csrc/autograd/autograd.h>

#include "fibonaqi/base/contract.hpp"
#include "fibonaqi/nn/last_layer_jacobian.hpp"
#include "fibonaqi/nn/loss_terms.hpp"

namespace fibonaqi::nn {
namespace {

// dL/dE [1] and dL/dF [N, 3] at the present prediction. Undefined where the loss does not depend on it.
struct LossSlopes {
    at::Tensor energy, forces;
};

LossSlopes slopes_of(const Network& network, const AtomGraph& graph, const Labels& labels,
                     const LossOptions& loss) {
    const GraphBatch batch = make_batch({&graph, 1}, network.card(), network.options());
    NetworkRequest request;
    request.hidden = false;
    const NetworkOutput predicted = network.evaluate(batch, request);
    NetworkOutput output;
    output.energy = predicted.energy.detach().to(at::kDouble).requires_grad_(true);
    output.forces = predicted.forces.detach().to(at::kDouble).requires_grad_(true);
    const BatchLabels wanted = make_batch_labels({&labels, 1}, batch);
    const auto slopes = torch::autograd::grad({structure_losses(output, batch, wanted, loss).sum()},
                                              {output.energy, output.forces}, {}, /*retain_graph=*/false,
                                              /*create_graph=*/false, /*allow_unused=*/true);
    return {slopes[0], slopes[1]};
}

at::Tensor parts_of_loss(const Network& network, const AtomGraph& graph, const Labels& labels,
                         const LossOptions& loss) {
    FIBONAQI_EXPECT(loss.weights.stress == 0.0);
    const FrozenParameters frozen(network);
    const LossSlopes slopes = slopes_of(network, graph, labels, loss);
    const LastLayerJacobian jacobian = last_layer_jacobian(network, {&graph, 1});
    at::Tensor parts = at::zeros_like(jacobian.node_energy);
    if (slopes.energy.defined()) {
        parts = parts + slopes.energy * jacobian.node_energy;
    }
    if (slopes.forces.defined()) {
        parts = parts + (jacobian.forces * slopes.forces.unsqueeze(1)).sum(2);
    }
    return parts;
}

}  // namespace

bool is_sum_over_atoms(FeatureKind kind) {
    return kind == FeatureKind::loss_gradient || kind == FeatureKind::prediction_gradient ||
           kind == FeatureKind::embedding;
}

at::Tensor atom_gradients(const Network& network, const AtomGraph& graph, const Labels& labels,
                          const FeatureOptions& options) {
    FIBONAQI_EXPECT(is_sum_over_atoms(options.kind));
    if (options.kind == FeatureKind::loss_gradient) {
        return parts_of_loss(network, graph, labels, options.loss);
    }
    const at::NoGradGuard no_gradient;
    NetworkRequest request;
    request.forces = false;
    const NetworkOutput output =
        network.evaluate(make_batch({&graph, 1}, network.card(), network.options()), request);
    const bool is_embedding = options.kind == FeatureKind::embedding;
    const at::Tensor parts = (is_embedding ? output.node_features : output.last_hidden).to(at::kDouble);
    return is_embedding || options.per_atom ? parts / static_cast<double>(graph.size()) : parts;
}

}  // namespace fibonaqi::nn
