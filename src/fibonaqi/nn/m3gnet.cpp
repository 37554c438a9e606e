#include "fibonaqi/nn/m3gnet.hpp"

namespace fibonaqi::nn {
namespace {

std::vector<M3GNetBlock> read_blocks(WeightReader& reader, const M3GNetSizes& sizes) {
    std::vector<M3GNetBlock> blocks;
    for (std::int64_t block = 0; block < sizes.blocks; ++block) {
        blocks.emplace_back(reader, sizes, std::to_string(block));
    }
    return blocks;
}

}  // namespace

M3GNet::M3GNet(const ModelFile& model, const at::TensorOptions& options)
    : M3GNet(model, WeightReader(model, options), m3gnet_options_from(model.card)) {}

M3GNet::M3GNet(const ModelFile& model, WeightReader reader, const M3GNetOptions& options)
    : GraphNetwork(model, reader.options()),
      hyper_(options),
      geometry_(options, reader.options()),
      elements_(reader.parameter("embedding.layer_node_embedding.weight",
                                 {options.sizes.elements, options.sizes.node_channels}, {})),
      bonds_(reader, "embedding.layer_edge_embedding.layers.0", options.sizes.radial(),
             options.sizes.edge_channels),
      blocks_(read_blocks(reader, options.sizes)),
      readout_(reader, options.sizes.node_channels, options.sizes.units) {
    adopt_parameters(reader);
}

std::vector<std::vector<std::string>> M3GNet::layers() const {
    std::vector<std::vector<std::string>> layers;
    for (std::int64_t block = 0; block < hyper_.sizes.blocks; ++block) {
        const std::string number = std::to_string(block);
        layers.push_back({"three_body_interactions." + number + ".*", "graph_layers." + number + ".*"});
    }
    layers.front().emplace_back("embedding.*");
    return layers;
}

GraphEnergies M3GNet::energies(const GraphBatch& batch, const at::Tensor& vectors,
                               const NetworkRequest& request) const {
    const ReadoutWeights weights = readouts_of(batch, request);
    const M3GNetEdges edges = geometry_.evaluate(batch, vectors);
    M3GNetFeatures features{elements_.index_select(0, batch.element),
                            at::silu(bonds_.evaluate(edges.radial))};
    for (const M3GNetBlock& block : blocks_) {
        features = block.evaluate(features, edges);
    }
    const at::Tensor hidden = readout_.hidden(features.atoms, weights) * hyper_.scale;
    const at::Tensor energy = (hidden * weights.of_atoms(readout_.last_layer())).sum(1);
    return {energy.to(at::kDouble), features.atoms, hidden};
}

}  // namespace fibonaqi::nn
