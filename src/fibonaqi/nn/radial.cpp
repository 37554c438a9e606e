#include "fibonaqi/nn/radial.hpp"

#include <cmath>

namespace fibonaqi::nn {

RadialBasis::RadialBasis(WeightReader& weights, const MaceOptions& options)
    : wave_numbers_(weights.buffer("radial_embedding.bessel_fn.bessel_weights", {options.bessel_functions})),
      cutoff_(options.cutoff),
      power_(options.envelope_power) {}

at::Tensor RadialBasis::envelope(const at::Tensor& length) const {
    const double p = power_;
    const at::Tensor u = length / cutoff_;
    const at::Tensor polynomial =
        1.0 +
        at::pow(u, power_) * (u * (p * (p + 2.0) - u * (0.5 * p * (p + 1.0))) - 0.5 * (p + 1.0) * (p + 2.0));
    return polynomial * (u < 1.0).to(u.scalar_type());
}

at::Tensor RadialBasis::evaluate(const at::Tensor& length) const {
    const at::Tensor factor = std::sqrt(2.0 / cutoff_) * envelope(length) / length;
    return at::sin(length.unsqueeze(1) * wave_numbers_) * factor.unsqueeze(1);
}

RadialNetwork::RadialNetwork(WeightReader& weights, const std::string& prefix,
                             const std::vector<std::int64_t>& widths) {
    for (std::size_t layer = 0; layer + 1 < widths.size(); ++layer) {
        weights_.push_back(weights.parameter(prefix + ".layer" + std::to_string(layer) + ".weight",
                                             {widths[layer], widths[layer + 1]}));
    }
}

at::Tensor RadialNetwork::scaled_weight(std::size_t layer) const {
    const double activation = layer == 0 ? 1.0 : normalised_silu;  // of the layer before
    return weights_[layer] * (activation / std::sqrt(static_cast<double>(weights_[layer].size(0))));
}

at::Tensor RadialNetwork::hidden(const at::Tensor& input) const {
    at::Tensor values = input;
    for (std::size_t layer = 0; layer + 1 < weights_.size(); ++layer) {
        values = at::silu(at::mm(values, scaled_weight(layer)));
    }
    return values;
}

at::Tensor RadialNetwork::last_weight() const {
    return scaled_weight(weights_.size() - 1);
}

}  // namespace fibonaqi::nn
