#include "fibonaqi/nn/mace.hpp"

#include <cmath>

#include "fibonaqi/nn/linear.hpp"

namespace fibonaqi::nn {

Mace::Mace(const ModelFile& model, const at::TensorOptions& options)
    : Mace(model, WeightReader(model, options), mace_options_from(model.card)) {}

Mace::Mace(const ModelFile& model, WeightReader reader, const MaceOptions& options)
    : GraphNetwork(model, reader.options()),
      hyper_(options),
      embedding_(reader.parameter("node_embedding.linear.weight", {options.elements * options.channels})),
      radial_(reader, options),
      harmonics_(options.max_ell, reader.options()),
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
    adopt_parameters(reader);
}

Environment Mace::environment(const GraphBatch& batch, const at::Tensor& vectors) const {
    const at::Tensor length = at::linalg_vector_norm(vectors, 2, {1});
    return {group_by_element(batch.element), batch.sender, batch.receiver,
            harmonics_.evaluate(vectors / length.unsqueeze(1)), radial_.evaluate(length)};
}

GraphEnergies Mace::energies(const GraphBatch& batch, const at::Tensor& vectors,
                             const at::Tensor& last_layer) const {
    const Environment surroundings = environment(batch, vectors);
    const at::Tensor embedding =
        embedding_.view({hyper_.elements, hyper_.channels}) * (1.0 / std::sqrt(hyper_.elements));
    NodeFeatures features{embedding.index_select(0, surroundings.elements.present),
                          surroundings.elements.row};
    std::vector<at::Tensor> of_layers;
    at::Tensor readouts = at::zeros({batch.atoms()}, options());
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
    const at::Tensor hidden = last_readout_.hidden(features.values) * hyper_.scale;
    const at::Tensor weights = last_layer_of_atoms(last_layer, last_readout_.weight(), batch);
    const at::Tensor interaction =
        readouts.to(at::kDouble) * hyper_.scale + (hidden * weights).sum(1).to(at::kDouble);
    return {interaction + hyper_.shift, at::cat(of_layers, 1), hidden};
}

}  // namespace fibonaqi::nn
