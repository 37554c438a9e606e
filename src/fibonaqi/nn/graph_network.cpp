#include "fibonaqi/nn/graph_network.hpp"

#include <torch/csrc/autograd/autograd.h>

#include "fibonaqi/base/contract.hpp"
#include "fibonaqi/nn/torch_tensors.hpp"

namespace fibonaqi::nn {
namespace {

constexpr const char* stored_e0 = "atomic_energies_fn.atomic_energies";  // of imported MACE models

at::Tensor e0_tensor(const std::vector<double>& e0, const at::Device& device) {
    return at::tensor(e0, at::kDouble).to(device);
}

// Sum over the atoms of each graph: [N] -> [B].
at::Tensor sum_by_graph(const at::Tensor& per_atom, const GraphBatch& batch) {
    return at::zeros({batch.graphs()}, per_atom.options().requires_grad(false))
        .index_add(0, batch.graph, per_atom);
}

// Vector of every edge. A strain e (one symmetrised per graph) takes v to v (1 + e); as positions and cell
// are strained alike, this is all that a strain does.
at::Tensor edge_vectors(const GraphBatch& batch, const at::Tensor& positions, const at::Tensor& strain) {
    const at::Tensor vectors =
        positions.index_select(0, batch.receiver) - positions.index_select(0, batch.sender) + batch.shift;
    if (!strain.defined()) {
        return vectors;
    }
    const at::Tensor symmetric = 0.5 * (strain + strain.transpose(1, 2));
    const at::Tensor of_edge = symmetric.index_select(0, batch.graph.index_select(0, batch.receiver));
    return vectors + at::bmm(vectors.unsqueeze(1), of_edge).squeeze(1);
}

// Negative derivatives of the energy; zeros where it depends on nothing (atoms without neighbours).
void differentiate(NetworkOutput& output, const NetworkRequest& request, const at::Tensor& positions,
                   const at::Tensor& strain) {
    std::vector<at::Tensor> inputs{positions};
    if (request.virial) {
        inputs.push_back(strain);
    }
    const auto gradients = torch::autograd::grad({output.energy.sum()}, inputs, {}, request.create_graph,
                                                 request.create_graph, /*allow_unused=*/true);
    const auto negative = [&](std::size_t i) {
        return gradients[i].defined() ? -gradients[i] : at::zeros_like(inputs[i]);
    };
    output.forces = negative(0);
    if (request.virial) {
        output.virial = negative(1).to(at::kDouble);
    }
}

}  // namespace

GraphNetwork::GraphNetwork(const ModelFile& model, const at::TensorOptions& options)
    : model_(model), options_(options), e0_(e0_tensor(model.card.e0, options.device())) {}

NetworkOutput GraphNetwork::evaluate(const GraphBatch& batch, const NetworkRequest& request) const {
    const bool must_differentiate = request.forces || request.virial;
    const at::AutoGradMode gradients(must_differentiate || at::GradMode::is_enabled());
    const at::Tensor positions = must_differentiate && !batch.positions.requires_grad()
                                     ? batch.positions.detach().requires_grad_(true)
                                     : batch.positions;
    const at::Tensor strain =
        request.virial ? at::zeros({batch.graphs(), 3, 3}, options_).requires_grad_(true) : at::Tensor();
    const GraphEnergies own = energies(batch, edge_vectors(batch, positions, strain), request);
    NetworkOutput output;
    output.node_energy = own.node_energy + e0_.index_select(0, batch.element);
    output.energy = sum_by_graph(output.node_energy, batch);
    output.node_features = own.node_features;
    output.last_hidden = own.last_hidden;
    if (must_differentiate) {
        differentiate(output, request, positions, strain);
    }
    return output;
}

void GraphNetwork::set_e0(const std::vector<double>& e0) {
    FIBONAQI_EXPECT(e0.size() == model_.card.species.size());
    model_.card.e0 = e0;
    e0_ = e0_tensor(e0, options_.device());
}

ModelFile GraphNetwork::store(TensorType type) const {
    ModelFile file = model_;
    file.sha256.clear();
    file.card.dtype = type == TensorType::float64 ? "float64" : "float32";
    for (const auto& [name, parameter] : parameters_) {
        file.tensors[name] = to_stored(parameter, type);
    }
    if (const auto found = file.tensors.find(stored_e0); found != file.tensors.end()) {
        found->second = StoredTensor::from_doubles(file.card.e0, found->second.shape, TensorType::float64);
    }
    return file;
}

ReadoutWeights GraphNetwork::readouts_of(const GraphBatch& batch, const NetworkRequest& request) const {
    if (!request.own.copies.defined()) {
        return {};
    }
    return {parameters_of(*this, request.own.set), request.own.copies, batch.graph};
}

}  // namespace fibonaqi::nn
