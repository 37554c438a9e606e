// A small smooth network for tests of what is built on the Network interface: no file, no equivariance, exact
// derivatives by autograd, any dtype. Not a potential that anyone should use.
#pragma once

#include <numbers>

#include <torch/csrc/autograd/autograd.h>

#include "fibonaqi/base/rng.hpp"
#include "fibonaqi/nn/network.hpp"
#include "fibonaqi/nn/torch_tensors.hpp"

namespace fibonaqi::test {

/// E = sum_a (E0 + first . A_a + u . 0.5 tanh(A_a W)), A_a = sum over neighbours of Gaussians of the distance
/// times a smooth cutoff times a factor of the neighbour's element. `u` is the last layer, `d` numbers.
class ToyNetwork : public nn::Network {
  public:
    explicit ToyNetwork(std::uint64_t seed = 1, at::ScalarType type = at::kDouble, std::int64_t d = 6)
        : options_(at::TensorOptions().dtype(type)) {
        card_.name = "toy";
        card_.architecture = "toy";
        card_.species = {8, 14};
        card_.e0 = {-1.5, -0.25};
        card_.cutoff = 4.0;
        card_.dtype = type == at::kDouble ? "float64" : "float32";
        hidden_ = random({basis, d}, seed, 0);
        first_ = random({basis}, seed, 1);
        last_ = random({d}, seed, 2);
    }

    const ModelCard& card() const override { return card_; }
    std::vector<std::pair<std::string, at::Tensor>> parameters() const override {
        return {{"hidden.weight", hidden_}, {"first.weight", first_}, {"last.weight", last_}};
    }
    std::vector<std::string> readout_weights(nn::ReadoutSet set) const override {
        switch (set) {
            case nn::ReadoutSet::final_linear:
                return {"last.weight"};
            case nn::ReadoutSet::linear_readouts:
                return {"first.weight", "last.weight"};
            case nn::ReadoutSet::readouts:
                break;
        }
        return {"first.weight", "hidden.weight", "last.weight"};
    }
    at::TensorOptions options() const override { return options_; }
    void set_e0(const std::vector<double>& e0) override { card_.e0 = e0; }
    ModelFile store(TensorType type) const override {
        ModelFile file{card_, {}, {}};
        file.card.dtype = type == TensorType::float64 ? "float64" : "float32";
        for (const auto& [name, tensor] : parameters()) {
            file.tensors[name] = nn::to_stored(tensor, type);
        }
        return file;
    }
    /// For tests of what reads a card.
    ModelCard& changeable_card() { return card_; }

    nn::NetworkOutput evaluate(const nn::GraphBatch& batch,
                               const nn::NetworkRequest& request) const override {
        const bool must_differentiate = request.forces || request.virial;
        const at::Tensor positions = must_differentiate && !batch.positions.requires_grad()
                                         ? batch.positions.detach().requires_grad_(true)
                                         : batch.positions;
        const at::Tensor strain = at::zeros({batch.graphs(), 3, 3}, options_).requires_grad_(request.virial);
        nn::NetworkOutput output = energies(batch, request, positions, strain);
        if (must_differentiate) {
            differentiate(output, batch, request, {positions, strain});
        }
        return output;
    }

  private:
    static constexpr std::int64_t basis = 8;

    at::Tensor random(std::vector<std::int64_t> shape, std::uint64_t seed, std::uint64_t item) const {
        KeyedRng rng(seed, "toy network", 0, item);
        at::Tensor values = at::empty(shape, at::kDouble);
        for (std::int64_t i = 0; i < values.numel(); ++i) {
            values.data_ptr<double>()[i] = 0.5 * rng.normal();
        }
        return values.to(options_.dtype().toScalarType()).requires_grad_(true);
    }

    at::Tensor atomic_features(const nn::GraphBatch& batch, const at::Tensor& positions,
                               const at::Tensor& strain) const {
        const at::Tensor unstrained =
            positions.index_select(0, batch.receiver) - positions.index_select(0, batch.sender) + batch.shift;
        const at::Tensor symmetric = 0.5 * (strain + strain.transpose(1, 2));
        const at::Tensor of_edge = symmetric.index_select(0, batch.graph.index_select(0, batch.receiver));
        const at::Tensor vector = unstrained + at::matmul(unstrained.unsqueeze(1), of_edge).squeeze(1);
        const at::Tensor length = vector.square().sum(1).sqrt();
        const at::Tensor cutoff = 0.5 * (at::cos(length * (std::numbers::pi / card_.cutoff)) + 1.0);
        const at::Tensor centers = at::linspace(1.0, card_.cutoff, basis, options_);
        const at::Tensor gaussians = at::exp(-4.0 * (length.unsqueeze(1) - centers).square());
        const at::Tensor element =
            1.0 + 0.3 * batch.element.index_select(0, batch.sender).to(options_.dtype().toScalarType());
        return at::zeros({batch.atoms(), basis}, options_)
            .index_add(0, batch.receiver, gaussians * (cutoff * element).unsqueeze(1));
    }

    nn::NetworkOutput energies(const nn::GraphBatch& batch, const nn::NetworkRequest& request,
                               const at::Tensor& positions, const at::Tensor& strain) const {
        const at::Tensor features = atomic_features(batch, positions, strain);
        nn::NetworkOutput output;
        const nn::ReadoutWeights weights = request.own.copies.defined()
                                               ? nn::ReadoutWeights(nn::parameters_of(*this, request.own.set),
                                                                    request.own.copies, batch.graph)
                                               : nn::ReadoutWeights();
        output.last_hidden = 0.5 * at::tanh(weights.times(features, hidden_, 1.0));
        output.node_features = at::cat({features, output.last_hidden}, 1);
        const at::Tensor interaction = weights.times(features, first_, 1.0).squeeze(1) +
                                       (output.last_hidden * weights.of_atoms(last_)).sum(1);
        const at::Tensor e0 = at::tensor(card_.e0, at::kDouble).index_select(0, batch.element);
        output.node_energy = interaction.to(at::kDouble) + e0;
        output.energy =
            at::zeros({batch.graphs()}, at::kDouble).index_add(0, batch.graph, output.node_energy);
        return output;
    }

    static void differentiate(nn::NetworkOutput& output, const nn::GraphBatch& batch,
                              const nn::NetworkRequest& request, const std::vector<at::Tensor>& leaves) {
        std::vector<at::Tensor> wanted{leaves[0]};
        if (request.virial) {
            wanted.push_back(leaves[1]);
        }
        const auto gradients = torch::autograd::grad({output.energy.sum()}, wanted, {}, request.create_graph,
                                                     request.create_graph, /*allow_unused=*/true);
        output.forces = gradients[0].defined() ? -gradients[0] : at::zeros_like(batch.positions);
        if (request.virial) {
            output.virial = -gradients[1];
        }
    }

    ModelCard card_;
    at::TensorOptions options_;
    at::Tensor hidden_, first_, last_;
};

}  // namespace fibonaqi::test
