#include "fibonaqi/nn/scripted_network.hpp"

#include <algorithm>

#include <torch/csrc/autograd/autograd.h>

#include "fibonaqi/base/contract.hpp"
#include "fibonaqi/base/error.hpp"
#include "fibonaqi/base/suggest.hpp"
#include "fibonaqi/model/program_trust.hpp"
#include "fibonaqi/model/script_description.hpp"
#include "fibonaqi/nn/hyperparameters.hpp"

namespace fibonaqi::nn {
namespace {

// Tensors of model files that mean something else.
const std::vector<std::string> reserved{program_tensor, "atomic_numbers",
                                        "atomic_energies_fn.atomic_energies", "uncertainty.covariance"};

// While one lives, the tensor requires a gradient.
class DifferentiableLeaf {
  public:
    DifferentiableLeaf(at::Tensor& leaf, bool wanted) : leaf_(leaf), before_(leaf.requires_grad()) {
        leaf_.set_requires_grad(before_ || wanted);
    }
    ~DifferentiableLeaf() { leaf_.set_requires_grad(before_); }
    DifferentiableLeaf(const DifferentiableLeaf&) = delete;
    DifferentiableLeaf& operator=(const DifferentiableLeaf&) = delete;

  private:
    at::Tensor& leaf_;
    bool before_;
};

// d(output . direction)/d(input), kept differentiable if asked for; zeros where there is no way to it.
at::Tensor derivative(const at::Tensor& output, const at::Tensor& input, const at::Tensor& direction,
                      bool create_graph) {
    const at::Tensor result =
        output.requires_grad() ? torch::autograd::grad({output}, {input}, {direction}, /*retain_graph=*/true,
                                                       create_graph, /*allow_unused=*/true)[0]
                               : at::Tensor();
    return result.defined() ? result : at::zeros_like(input);
}

at::Tensor ones_with_gradient(const at::Tensor& like) {
    return at::ones_like(like, like.options().requires_grad(false)).requires_grad_(true);
}

}  // namespace

at::Tensor last_layer_features(const at::Tensor& node_energy, const at::Tensor& weight, bool create_graph) {
    const at::Tensor factors = ones_with_gradient(node_energy);
    const at::Tensor sum =
        derivative(node_energy * factors, weight, at::ones_like(node_energy), true).flatten();
    const at::Tensor one = at::ones({}, weight.options().requires_grad(false));
    std::vector<at::Tensor> columns;
    for (std::int64_t k = 0; k < sum.size(0); ++k) {
        columns.push_back(derivative(sum[k], factors, one, create_graph));
    }
    return at::stack(columns, 1).to(weight.scalar_type());
}

at::Tensor with_own_last_layers(const at::Tensor& node_energy, const at::Tensor& weight,
                                const at::Tensor& own, const GraphBatch& batch) {
    const at::Tensor factors = ones_with_gradient(node_energy);
    const at::Tensor energies = node_energy * factors;
    std::vector<at::Tensor> sums;
    for (std::int64_t graph = 0; graph < batch.graphs(); ++graph) {
        const at::Tensor is_its = (batch.graph == graph).to(node_energy.scalar_type());
        sums.push_back(derivative(energies, weight, is_its, true).flatten());
    }
    const at::Tensor change = (at::stack(sums, 0) * (own - weight.flatten())).sum();
    return node_energy + derivative(change, factors, at::ones_like(change).detach(), true);
}

ScriptedNetwork::ScriptedNetwork(const ModelFile& model, const at::TensorOptions& options)
    : GraphNetwork(model, options),
      module_(program_of_model(model), model.card.name, options),
      last_layer_name_(HyperparameterReader(model.card).text(script_last_layer)) {
    adopt_weights(model);
    std::vector<std::string> names;
    for (const auto& [name, parameter] : parameters()) {
        names.push_back(name);
        last_layer_ = name == last_layer_name_ ? parameter : last_layer_;
    }
    if (!last_layer_.defined()) {
        throw ModelError("model '" + model.card.name + "': its program has no trainable parameter '" +
                             last_layer_name_ + "' (named as 'last_layer' in its description)" +
                             suggestion(last_layer_name_, names),
                         ExitCode::usage);
    }
}

TensorType ScriptedNetwork::own_type() const {
    return module_.own_type() == at::kFloat ? TensorType::float32 : TensorType::float64;
}

void ScriptedNetwork::adopt_weights(const ModelFile& model) {
    auto parameters = module_.parameters();
    if (parameters.empty()) {
        throw ModelError("model '" + model.card.name +
                         "': its program has nothing to train (torch.jit.freeze and most exports for MD turn "
                         "weights into constants) save the scripted module without freezing it");
    }
    bool are_stored = false;
    for (const auto& [name, parameter] : parameters) {
        if (std::find(reserved.begin(), reserved.end(), name) != reserved.end()) {
            throw ModelError("model '" + model.card.name + "': its program has a parameter '" + name +
                             "' (that name means something else in model files) rename it");
        }
        are_stored = are_stored || model.tensors.contains(name);
    }
    if (are_stored) {  // not so while a program is imported: its own weights are the ones
        const at::NoGradGuard no_gradient;
        const WeightReader reader(model, options());
        for (const auto& [name, parameter] : parameters) {
            parameter.detach().copy_(reader.buffer(name, parameter.sizes().vec()));
        }
    }
    adopt_parameters(std::move(parameters));
}

std::vector<std::string> ScriptedNetwork::readout_weights(ReadoutSet set) const {
    if (set != ReadoutSet::final_linear) {
        throw ConfigError("model '" + card().name +
                          "' is a TorchScript program (of its readouts only the last layer is known) use "
                          "last_layer final");
    }
    return {last_layer_name_};
}

GraphEnergies ScriptedNetwork::energies(const GraphBatch& batch, const at::Tensor& vectors,
                                        const NetworkRequest& request) const {
    FIBONAQI_EXPECT(request.own.set == ReadoutSet::final_linear);
    const std::lock_guard<std::mutex> lock(turn_);
    const bool wants_gradients = at::GradMode::is_enabled();
    const bool uses_last_layer = request.own.copies.defined() || request.hidden;
    const DifferentiableLeaf leaf(last_layer_, uses_last_layer);
    const at::AutoGradMode mode(wants_gradients || uses_last_layer);
    GraphEnergies result;
    result.node_energy = module_.node_energy(batch, vectors);
    if (request.hidden) {
        result.last_hidden = last_layer_features(result.node_energy, last_layer_, wants_gradients);
        result.node_features = result.last_hidden;
    }
    if (request.own.copies.defined()) {
        result.node_energy = with_own_last_layers(result.node_energy, last_layer_, request.own.copies, batch);
    }
    if (!wants_gradients) {
        result.node_energy = result.node_energy.detach();
    }
    return result;
}

}  // namespace fibonaqi::nn
