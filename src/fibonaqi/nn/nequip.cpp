#include "fibonaqi/nn/nequip.hpp"

#include <cmath>

namespace fibonaqi::nn {
namespace {

constexpr const char* readout_name = "reduce_input_to_hidden.linear.weight";

std::vector<NequipLayer> read_layers(WeightReader& reader, const NequipLayout& layout) {
    std::vector<NequipLayer> layers;
    for (std::size_t layer = 0; layer < layout.layers(); ++layer) {
        layers.emplace_back(reader, layout, layer);
    }
    return layers;
}

}  // namespace

Nequip::Nequip(const ModelFile& model, const at::TensorOptions& options)
    : Nequip(model, WeightReader(model, options), nequip_options_from(model.card)) {}

Nequip::Nequip(const ModelFile& model, WeightReader reader, const NequipOptions& options)
    : GraphNetwork(model, reader.options()),
      layout_(options.layout),
      radial_(reader, options),
      harmonics_(options.layout.max_ell, reader.options()),
      embedding_(reader.parameter("onehot_to_feature_x.linear.weight",
                                  {options.layout.elements * options.layout.channels()})),
      layers_(read_layers(reader, options.layout)),
      readout_(reader.parameter(readout_name, {options.layout.last_channels() * options.layout.hidden()},
                                {whole_matrix(options.layout.last_channels(), options.layout.hidden())})),
      last_layer_(reader.parameter(nequip_last_layer, {options.layout.hidden()},
                                   {whole_matrix(options.layout.hidden(), 1)})),
      scale_(reader.buffer(nequip_scale, {options.layout.elements})) {
    adopt_parameters(reader);
}

std::vector<std::vector<std::string>> Nequip::layers() const {
    std::vector<std::vector<std::string>> layers;
    for (std::size_t layer = 0; layer < layout_.layers(); ++layer) {
        std::vector<std::string> patterns{nequip_name(layer, "*")};
        if (layer == 0) {
            patterns.emplace_back("onehot_to_feature_x.*");
        }
        layers.push_back(std::move(patterns));
    }
    return layers;
}

Environment Nequip::environment(const GraphBatch& batch, const at::Tensor& vectors) const {
    const at::Tensor length = at::linalg_vector_norm(vectors, 2, {1});
    return {group_by_element(batch.element), batch.sender, batch.receiver,
            harmonics_.evaluate(vectors / -length.unsqueeze(1)), radial_.evaluate(length)};
}

std::vector<std::string> Nequip::readout_weights(ReadoutSet set) const {
    if (set == ReadoutSet::readouts) {
        return {readout_name, nequip_last_layer};
    }
    return {nequip_last_layer};
}

GraphEnergies Nequip::energies(const GraphBatch& batch, const at::Tensor& vectors,
                               const NetworkRequest& request) const {
    const ReadoutWeights weights = readouts_of(batch, request);
    const Environment surroundings = environment(batch, vectors);
    const at::Tensor embedding = embedding_.view({layout_.elements, layout_.channels()})
                                     .index_select(0, surroundings.elements.present) *
                                 (1.0 / std::sqrt(static_cast<double>(layout_.elements)));
    NodeFeatures features{{embedding.unsqueeze(0)}, surroundings.elements.row};
    std::vector<at::Tensor> of_layers;
    for (std::size_t layer = 0; layer < layers_.size(); ++layer) {
        features = {layers_[layer].evaluate(features, surroundings), {}};
        for (std::size_t i = 0; i < features.blocks.size(); ++i) {
            if (layout_.features[layer + 1][i].irrep == Irrep{0, 1}) {
                of_layers.push_back(features.blocks[i][0]);
            }
        }
    }
    const double root = std::sqrt(static_cast<double>(layout_.hidden()));
    const double fan_in = std::sqrt(static_cast<double>(layout_.last_channels()));
    const at::Tensor hidden = weights.times(of_layers.back(), readout_, 1.0 / fan_in) *
                              (scale_.index_select(0, batch.element) / root).unsqueeze(1);
    const at::Tensor energy = (hidden * weights.of_atoms(last_layer_)).sum(1);
    return {energy.to(at::kDouble), at::cat(of_layers, 1), hidden};
}

}  // namespace fibonaqi::nn
