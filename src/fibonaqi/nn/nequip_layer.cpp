#include "fibonaqi/nn/nequip_layer.hpp"

#include "fibonaqi/base/error.hpp"

namespace fibonaqi::nn {
namespace {

std::variant<IrrepsLinear, ElementLinear> self_connection_of(WeightReader& weights,
                                                             const NequipLayout& layout, std::size_t layer,
                                                             const Irreps& out) {
    const SelfConnection kind = layout.self_connections[layer];
    const std::string name = nequip_self_connection_name(kind, layer);
    if (kind == SelfConnection::linear) {
        return IrrepsLinear(weights, name, layout.features[layer], out);
    }
    return ElementLinear(weights, name, layout.features[layer], out, layout.elements);
}

}  // namespace

at::Tensor xplor_envelope(const at::Tensor& length, double onset, double cutoff) {
    const double c2 = cutoff * cutoff, o2 = onset * onset, span = c2 - o2;
    const at::Tensor r2 = length.square();
    const at::Tensor falling = (c2 - r2).square() * (c2 - 3.0 * o2 + 2.0 * r2) / (span * span * span);
    const at::Tensor is_inside = (length < cutoff).to(length.scalar_type());
    return at::where(length < onset, at::ones_like(falling), falling) * is_inside;
}

NequipRadial::NequipRadial(WeightReader& weights, const NequipOptions& options)
    : wave_numbers_(weights.parameter(nequip_wave_numbers, {options.layout.bessel_functions})),
      options_(options) {}

at::Tensor NequipRadial::evaluate(const at::Tensor& length) const {
    const at::Tensor envelope = options_.envelope == NequipEnvelope::xplor
                                    ? xplor_envelope(length, options_.onset, options_.cutoff)
                                    : polynomial_envelope(length / options_.cutoff, options_.power);
    const at::Tensor factor = (2.0 / options_.cutoff) * envelope / length;
    return at::sin(length.unsqueeze(1) * wave_numbers_) * factor.unsqueeze(1);
}

NequipLayer::NequipLayer(WeightReader& weights, const NequipLayout& layout, std::size_t layer)
    : NequipLayer(weights, layout, layer, Gate(layout.features[layer + 1]),
                  EdgeCoupling(layout.features[layer], layout.max_ell, layout.paths(layer))) {}

NequipLayer::NequipLayer(WeightReader& weights, const NequipLayout& layout, std::size_t layer,
                         const Gate& gate, const EdgeCoupling& coupling)
    : gate_(gate),
      coupling_(coupling),
      self_(self_connection_of(weights, layout, layer, gate.inputs())),
      before_(weights, nequip_name(layer, "self_interaction_1.linear.weight"), layout.features[layer],
              layout.features[layer]),
      radial_(weights, nequip_name(layer, "convolution.weight_nn"),
              layer_widths(layout.bessel_functions, layout.radial_widths, coupling.weights())),
      after_(weights, nequip_name(layer, "self_interaction_2.linear.weight"), coupling.outputs(),
             gate.inputs()),
      divisor_(weights.number(nequip_name(layer, "convolution.denominator"))) {
    if (!(divisor_ > 0.0)) {
        throw ModelError("tensor '" + nequip_name(layer, "convolution.denominator") +
                         "' is not above 0 (the file does not fit its card) get or import the model anew");
    }
}

BlockFeatures NequipLayer::self_connection(const NodeFeatures& features,
                                           const Environment& environment) const {
    const bool has_rows_of_elements = features.row.defined();
    BlockFeatures mapped;
    if (const auto* linear = std::get_if<IrrepsLinear>(&self_)) {
        mapped = linear->evaluate(features.blocks);
    } else {
        const auto& by_element = std::get<ElementLinear>(self_);
        mapped = has_rows_of_elements ? by_element.evaluate_rows(features.blocks, environment.elements)
                                      : by_element.evaluate(features.blocks, environment.elements);
    }
    return has_rows_of_elements ? spread_rows(std::move(mapped), environment) : mapped;
}

BlockFeatures NequipLayer::evaluate(const NodeFeatures& features, const Environment& environment) const {
    const BlockFeatures own = self_connection(features, environment);
    const BlockFeatures sums =
        coupling_.evaluate(environment.harmonics, radial_.evaluate(environment.radial),
                           before_.evaluate(features.blocks), edge_ends(features, environment));
    BlockFeatures inputs = after_.evaluate(sums, divisor_);
    for (std::size_t i = 0; i < inputs.size(); ++i) {
        inputs[i] = inputs[i] + own[i];
    }
    return gate_.evaluate(inputs);
}

}  // namespace fibonaqi::nn
