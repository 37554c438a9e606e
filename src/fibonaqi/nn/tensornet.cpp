#include "fibonaqi/nn/tensornet.hpp"

namespace fibonaqi::nn {
namespace {

std::vector<TensorNetInteraction> read_interactions(WeightReader& reader, const TensorNetOptions& options) {
    std::vector<TensorNetInteraction> interactions;
    for (int layer = 0; layer < options.layers; ++layer) {
        interactions.emplace_back(reader, options, "layers." + std::to_string(layer));
    }
    return interactions;
}

}  // namespace

TensorNet::TensorNet(const ModelFile& model, const at::TensorOptions& options)
    : TensorNet(model, WeightReader(model, options), tensornet_options_from(model.card)) {}

TensorNet::TensorNet(const ModelFile& model, WeightReader reader, const TensorNetOptions& options)
    : GraphNetwork(model, reader.options()),
      hyper_(options),
      radial_(reader, options),
      coupling_(options.channels,
                options.is_parity_kept ? TensorProduct::anticommutator : TensorProduct::twice_product),
      embedding_(reader, options),
      interactions_(read_interactions(reader, options)),
      invariants_(reader, options),
      readout_(reader, options.channels, options.channels) {
    adopt_parameters(reader);
}

std::vector<std::vector<std::string>> TensorNet::layers() const {
    std::vector<std::vector<std::string>> layers{{"tensor_embedding.*"}};
    for (int layer = 0; layer < hyper_.layers; ++layer) {
        layers.push_back({"layers." + std::to_string(layer) + ".*"});
    }
    return layers;
}

GraphEnergies TensorNet::energies(const GraphBatch& batch, const at::Tensor& vectors,
                                  const NetworkRequest& request) const {
    const ReadoutWeights weights = readouts_of(batch, request);
    const at::Tensor length = at::linalg_vector_norm(vectors, 2, {1});
    const bool is_turned = hyper_.is_summed_at_source;
    const at::Tensor directions = (is_turned ? -vectors : vectors) / length.unsqueeze(1);
    const TensorNetEdges edges{group_by_element(batch.element),
                               batch.sender,
                               batch.receiver,
                               is_turned ? batch.receiver : batch.sender,
                               is_turned ? batch.sender : batch.receiver,
                               direction_tensors(directions),
                               radial_.evaluate(length)};
    at::Tensor tensors = embedding_.evaluate(edges, coupling_);
    for (const TensorNetInteraction& interaction : interactions_) {
        tensors = interaction.evaluate(tensors, edges, coupling_);
    }
    const at::Tensor features = invariants_.evaluate(tensors);
    const at::Tensor hidden = readout_.hidden(features, weights) * hyper_.scale;
    const at::Tensor energy = (hidden * weights.of_atoms(readout_.last_layer())).sum(1);
    return {energy.to(at::kDouble), features, hidden};
}

}  // namespace fibonaqi::nn
