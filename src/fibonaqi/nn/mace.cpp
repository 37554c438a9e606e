#include "fibonaqi/nn/mace.hpp"

#include <cmath>

namespace fibonaqi::nn {
namespace {

// Without readouts of earlier layers the last one is the first in the file.
int last_readout_index(const MaceOptions& options) {
    return options.is_last_readout_only ? 0 : options.layers() - 1;
}

ContractionShape contraction_shape(const MaceOptions& options, int layer) {
    ContractionShape shape;
    shape.max_ell = options.max_ell;
    shape.correlation = options.correlation[static_cast<std::size_t>(layer)];
    for (const IrrepBlock& block : options.features_after(layer)) {
        shape.orders.push_back(block.irrep.l);
    }
    shape.elements = options.elements();
    shape.channels = options.channels;
    return shape;
}

}  // namespace

Mace::Mace(const ModelFile& model, const at::TensorOptions& options)
    : Mace(model, WeightReader(model, options), mace_options_from(model.card)) {}

Mace::Mace(const ModelFile& model, WeightReader reader, const MaceOptions& options)
    : GraphNetwork(model, reader.options()),
      hyper_(options),
      embedding_(reader.parameter("node_embedding.linear.weight", {options.elements() * options.channels})),
      radial_(reader, options),
      harmonics_(options.max_ell, reader.options()),
      last_readout_(reader, options, last_readout_index(options)) {
    if (options.is_agnesi) {
        transform_.emplace(reader, options.species);
    }
    if (options.has_pair_repulsion) {
        repulsion_.emplace(reader, options.species);
    }
    for (int layer = 0; layer < options.layers(); ++layer) {
        const std::string product = "products." + std::to_string(layer);
        const Irreps after = options.features_after(layer);
        interactions_.emplace_back(reader, options, layer);
        products_.emplace_back(reader, product + ".symmetric_contractions",
                               contraction_shape(options, layer));
        product_linear_.emplace_back(reader, product + ".linear.weight", after, after);
        if (layer + 1 < options.layers() && !options.is_last_readout_only) {
            readouts_.emplace_back(reader, options, layer);
        }
    }
    adopt_parameters(reader);
}

Environment Mace::environment(const GraphBatch& batch, const at::Tensor& vectors,
                              const at::Tensor& length) const {
    const at::Tensor argument =
        transform_ ? transform_->evaluate(length, batch.element.index_select(0, batch.sender),
                                          batch.element.index_select(0, batch.receiver))
                   : length;
    return {group_by_element(batch.element), batch.sender, batch.receiver,
            harmonics_.evaluate(vectors / length.unsqueeze(1)), radial_.evaluate(length, argument)};
}

BlockFeatures Mace::product(std::size_t layer, const Interaction::Output& around,
                            const ElementGroups& elements) const {
    BlockFeatures features =
        product_linear_[layer].evaluate(products_[layer].evaluate(around.density, elements));
    for (std::size_t l = 0; l < std::min(features.size(), around.skip.size()); ++l) {
        features[l] = features[l] + around.skip[l];
    }
    return features;
}

std::vector<std::vector<std::string>> Mace::layers() const {
    std::vector<std::vector<std::string>> layers;
    for (int layer = 0; layer < hyper_.layers(); ++layer) {
        const std::string number = std::to_string(layer);
        std::vector<std::string> patterns{"interactions." + number + ".*", "products." + number + ".*"};
        if (layer == 0) {
            patterns.emplace_back("node_embedding.*");
        }
        layers.push_back(std::move(patterns));
    }
    return layers;
}

std::vector<std::string> Mace::readout_weights(ReadoutSet set) const {
    if (set == ReadoutSet::final_linear) {
        return {last_readout_.weight_name()};
    }
    std::vector<std::string> names;
    for (const LinearReadout& readout : readouts_) {
        names.push_back(readout.weight_name());
    }
    const std::vector<std::string> last = last_readout_.all_names();
    if (set == ReadoutSet::readouts) {
        names.insert(names.end(), last.begin(), last.end());
    } else {
        names.push_back(last_readout_.weight_name());
    }
    return names;
}

GraphEnergies Mace::energies(const GraphBatch& batch, const at::Tensor& vectors,
                             const NetworkRequest& request) const {
    const ReadoutWeights weights = readouts_of(batch, request);
    const at::Tensor length = at::linalg_vector_norm(vectors, 2, {1});
    const Environment surroundings = environment(batch, vectors, length);
    const at::Tensor embedding =
        embedding_.view({hyper_.elements(), hyper_.channels}) * (1.0 / std::sqrt(hyper_.elements()));
    NodeFeatures features{{embedding.index_select(0, surroundings.elements.present).unsqueeze(0)},
                          surroundings.elements.row};
    std::vector<at::Tensor> of_layers;
    at::Tensor readouts = at::zeros({batch.atoms()}, options());
    for (std::size_t layer = 0; layer < interactions_.size(); ++layer) {
        const Interaction::Output around = interactions_[layer].evaluate(features, surroundings);
        features = {product(layer, around, surroundings.elements), {}};
        of_layers.push_back(features.blocks[0][0]);
        if (layer < readouts_.size()) {
            readouts = readouts + readouts_[layer].evaluate(of_layers.back(), weights);
        }
    }
    if (repulsion_) {
        readouts = readouts + repulsion_->evaluate(length, batch.element.index_select(0, batch.sender),
                                                   batch.element.index_select(0, batch.receiver),
                                                   batch.receiver, batch.atoms());
    }
    if (last_readout_.bias().defined()) {
        readouts = readouts + weights.of_atoms(last_readout_.bias()).squeeze(1);
    }
    const at::Tensor hidden = last_readout_.hidden(of_layers.back(), weights) * hyper_.scale;
    const at::Tensor last = (hidden * weights.of_atoms(last_readout_.weight())).sum(1);
    const at::Tensor interaction = readouts.to(at::kDouble) * hyper_.scale + last.to(at::kDouble);
    return {interaction + hyper_.shift, at::cat(of_layers, 1), hidden};
}

}  // namespace fibonaqi::nn
