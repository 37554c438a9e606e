#include "fibonaqi/nn/gated_readout.hpp"

#include "fibonaqi/model/gated_layout.hpp"

namespace fibonaqi::nn {
namespace {

constexpr int hidden_layers = 3;  // activations have numbers too: 0, 2, 4, 6

std::string numbered(const std::string& branch, int layer) {
    return "final_layer.gated." + branch + "." + std::to_string(2 * layer);
}

}  // namespace

GatedReadout::GatedReadout(WeightReader& weights, std::int64_t features, std::int64_t units) {
    for (int layer = 0; layer < hidden_layers; ++layer) {
        const std::pair shape{layer < 2 ? features : units, layer == 0 ? features : units};
        read(weights, layers_, numbered("layers", layer), shape);
        read(weights, gates_, numbered("gates", layer), shape);
    }
    read(weights, gates_, numbered("gates", hidden_layers), {units, 1});
    names_.emplace_back(gated_last_layer);
    last_ = weights.parameter(gated_last_layer, {units + 1}, {whole_matrix(units + 1, 1)});
}

void GatedReadout::read(WeightReader& weights, std::vector<Dense>& layers, const std::string& name,
                        std::pair<std::int64_t, std::int64_t> shape) {
    layers.emplace_back(weights, name, shape.first, shape.second);
    names_.insert(names_.end(), {name + ".weight", name + ".bias"});
}

std::vector<std::string> GatedReadout::names(ReadoutSet set) const {
    return set == ReadoutSet::readouts ? names_ : std::vector<std::string>{gated_last_layer};
}

at::Tensor GatedReadout::hidden(const at::Tensor& features, const ReadoutWeights& weights) const {
    at::Tensor values = features, gate = features;
    for (const Dense& layer : layers_) {
        values = at::silu(layer.evaluate(values, weights));
    }
    for (std::size_t i = 0; i < gates_.size(); ++i) {
        gate = gates_[i].evaluate(i == 0 ? features : at::silu(gate), weights);
    }
    const at::Tensor open = at::sigmoid(gate);  // [N, 1]
    return at::cat({values * open, open}, 1);
}

}  // namespace fibonaqi::nn
