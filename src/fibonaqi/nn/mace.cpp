#include "fibonaqi/nn/mace.hpp"

#include <cmath>

#include <torch/csrc/autograd/autograd.h>

#include "fibonaqi/base/contract.hpp"
#include "fibonaqi/base/error.hpp"
#include "fibonaqi/nn/linear.hpp"
#include "fibonaqi/nn/torch_tensors.hpp"

namespace fibonaqi::nn {
namespace {

constexpr const char* stored_e0 = "atomic_energies_fn.atomic_energies";

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

Mace::Mace(const ModelFile& model, const at::TensorOptions& options)
    : Mace(model, WeightReader(model, options), mace_options_from(model.card)) {}

Mace::Mace(const ModelFile& model, WeightReader reader, const MaceOptions& options)
    : model_(model),
      options_(reader.options()),
      hyper_(options),
      e0_(e0_tensor(model.card.e0, options_.device())),
      embedding_(reader.parameter("node_embedding.linear.weight", {options.elements * options.channels})),
      radial_(reader, options),
      harmonics_(options.max_ell, options_),
      last_readout_(reader, options, options.layers - 1) {
    for (int layer = 0; layer < options.layers; ++layer) {
        const std::string product = "products." + std::to_string(layer);
        interactions_.emplace_back(reader, options, layer);
        products_.emplace_back(reader, product + ".symmetric_contractions.contractions.0", options);
        product_linear_.push_back(
            reader.parameter(product + ".linear.weight", {options.channels * options.channels}));
        if (layer + 1 < options.layers) {
            readouts_.emplace_back(reader, options, layer);
        }
    }
    parameters_ = reader.parameters();
}

Environment Mace::environment(const GraphBatch& batch, const at::Tensor& vectors) const {
    const at::Tensor length = at::linalg_vector_norm(vectors, 2, {1});
    return {group_by_element(batch.element), batch.sender, batch.receiver,
            harmonics_.evaluate(vectors / length.unsqueeze(1)), radial_.evaluate(length)};
}

NetworkOutput Mace::energies(const GraphBatch& batch, const at::Tensor& vectors,
                             const at::Tensor& last_layer) const {
    const Environment surroundings = environment(batch, vectors);
    const at::Tensor embedding =
        embedding_.view({hyper_.elements, hyper_.channels}) * (1.0 / std::sqrt(hyper_.elements));
    NodeFeatures features{embedding.index_select(0, surroundings.elements.present),
                          surroundings.elements.row};
    std::vector<at::Tensor> of_layers;
    at::Tensor readouts = at::zeros({batch.atoms()}, options_);
    for (std::size_t layer = 0; layer < interactions_.size(); ++layer) {
        const Interaction::Output around = interactions_[layer].evaluate(features, surroundings);
        const at::Tensor product = mix_channels(
            products_[layer].evaluate(around.density, surroundings.elements), product_linear_[layer]);
        features = {around.skip.defined() ? product + around.skip : product, {}};
        of_layers.push_back(features.values);
        if (layer < readouts_.size()) {
            readouts = readouts + readouts_[layer].evaluate(features.values);
        }
    }
    NetworkOutput output;
    output.last_hidden = last_readout_.hidden(features.values) * hyper_.scale;
    const at::Tensor weights =
        last_layer.defined() ? last_layer.index_select(0, batch.graph) : last_readout_.weight().unsqueeze(0);
    const at::Tensor interaction =
        readouts.to(at::kDouble) * hyper_.scale + (output.last_hidden * weights).sum(1).to(at::kDouble);
    output.node_energy = interaction + (e0_.index_select(0, batch.element) + hyper_.shift);
    output.energy = sum_by_graph(output.node_energy, batch);
    output.node_features = at::cat(of_layers, 1);
    return output;
}

NetworkOutput Mace::evaluate(const GraphBatch& batch, const NetworkRequest& request) const {
    const bool must_differentiate = request.forces || request.virial;
    const at::AutoGradMode gradients(must_differentiate || at::GradMode::is_enabled());
    const at::Tensor positions = must_differentiate && !batch.positions.requires_grad()
                                     ? batch.positions.detach().requires_grad_(true)
                                     : batch.positions;
    const at::Tensor strain =
        request.virial ? at::zeros({batch.graphs(), 3, 3}, options_).requires_grad_(true) : at::Tensor();
    NetworkOutput output = energies(batch, edge_vectors(batch, positions, strain), request.last_layer);
    if (must_differentiate) {
        differentiate(output, request, positions, strain);
    }
    return output;
}

void Mace::set_e0(const std::vector<double>& e0) {
    FIBONAQI_EXPECT(e0.size() == model_.card.species.size());
    model_.card.e0 = e0;
    e0_ = e0_tensor(e0, options_.device());
}

ModelFile Mace::store(TensorType type) const {
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

}  // namespace fibonaqi::nn
