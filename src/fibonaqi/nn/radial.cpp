#include "fibonaqi/nn/radial.hpp"

#include <cmath>

#include "fibonaqi/base/error.hpp"

namespace fibonaqi::nn {

at::Tensor polynomial_envelope(const at::Tensor& u, int power) {
    const double p = power;
    const at::Tensor polynomial = 1.0 + at::pow(u, power) * (u * (p * (p + 2.0) - u * (0.5 * p * (p + 1.0))) -
                                                             0.5 * (p + 1.0) * (p + 2.0));
    return polynomial * (u < 1.0).to(u.scalar_type());
}

AgnesiTransform::AgnesiTransform(WeightReader& weights, const std::vector<int>& species)
    : radii_(weights.by_species("radial_embedding.distance_transform.covalent_radii", species)) {
    const std::string prefix = "radial_embedding.distance_transform.";
    a_ = weights.number(prefix + "a");
    q_ = weights.number(prefix + "q");
    p_ = weights.number(prefix + "p");
}

at::Tensor AgnesiTransform::evaluate(const at::Tensor& length, const at::Tensor& sender,
                                     const at::Tensor& receiver) const {
    const at::Tensor bond = 0.5 * (radii_.index_select(0, sender) + radii_.index_select(0, receiver));
    const at::Tensor u = length / bond;
    return 1.0 / (1.0 + a_ * at::pow(u, q_) / (1.0 + at::pow(u, q_ - p_)));
}

RadialBasis::RadialBasis(WeightReader& weights, const MaceOptions& options)
    : wave_numbers_(weights.buffer("radial_embedding.bessel_fn.bessel_weights", {options.bessel_functions})),
      cutoff_(options.cutoff),
      power_(options.envelope_power) {}

at::Tensor RadialBasis::evaluate(const at::Tensor& length, const at::Tensor& argument) const {
    const at::Tensor factor =
        std::sqrt(2.0 / cutoff_) * polynomial_envelope(length / cutoff_, power_) / argument;
    return at::sin(argument.unsqueeze(1) * wave_numbers_) * factor.unsqueeze(1);
}

std::vector<std::int64_t> layer_widths(std::int64_t first, const std::vector<std::int64_t>& hidden,
                                       std::int64_t last) {
    std::vector<std::int64_t> all{first};
    all.insert(all.end(), hidden.begin(), hidden.end());
    all.push_back(last);
    return all;
}

RadialNetwork::RadialNetwork(WeightReader& weights, const std::string& prefix,
                             const std::vector<std::int64_t>& widths) {
    for (std::size_t layer = 0; layer + 1 < widths.size(); ++layer) {
        weights_.push_back(weights.parameter(prefix + ".layer" + std::to_string(layer) + ".weight",
                                             {widths[layer], widths[layer + 1]}));
    }
}

at::Tensor RadialNetwork::evaluate(const at::Tensor& input) const {
    at::Tensor values = input;
    for (std::size_t layer = 0; layer < weights_.size(); ++layer) {
        const double activation = layer == 0 ? 1.0 : normalised_silu;  // of the layer before
        const double root = std::sqrt(static_cast<double>(weights_[layer].size(0)));
        values = at::mm(layer == 0 ? values : at::silu(values), weights_[layer] * (activation / root));
    }
    return values;
}

}  // namespace fibonaqi::nn
