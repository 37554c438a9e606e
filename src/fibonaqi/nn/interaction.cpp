#include "fibonaqi/nn/interaction.hpp"

#include "fibonaqi/nn/edge_sum.hpp"
#include "fibonaqi/nn/linear.hpp"

namespace fibonaqi::nn {
namespace {

std::string name_of(int layer, const std::string& part) {
    return "interactions." + std::to_string(layer) + "." + part;
}

std::vector<std::int64_t> radial_widths(const MaceOptions& options) {
    std::vector<std::int64_t> widths{options.bessel_functions};
    widths.insert(widths.end(), options.radial_widths.begin(), options.radial_widths.end());
    widths.push_back((options.max_ell + 1) * options.channels);
    return widths;
}

}  // namespace

Interaction::Interaction(WeightReader& weights, const MaceOptions& options, int layer)
    : up_(weights.parameter(name_of(layer, "linear_up.weight"), {options.channels * options.channels})),
      radial_(weights, name_of(layer, "conv_tp_weights"), radial_widths(options)),
      linear_(weights.parameter(name_of(layer, "linear.weight"),
                                {(options.max_ell + 1) * options.channels * options.channels})),
      max_ell_(options.max_ell),
      elements_(options.elements),
      average_neighbors_(options.average_neighbors[static_cast<std::size_t>(layer)]),
      is_residual_(layer > 0 || options.is_first_residual) {
    const std::int64_t matrices = is_residual_ ? 1 : options.max_ell + 1;
    skip_ = weights.parameter(name_of(layer, "skip_tp.weight"),
                              {matrices * options.elements * options.channels * options.channels});
}

Interaction::Output Interaction::evaluate(const NodeFeatures& features,
                                          const Environment& environment) const {
    const at::Tensor density =
        linear_per_ell(sum_messages(features, environment), linear_, max_ell_, average_neighbors_);
    if (is_residual_) {
        return {density, skip(features, environment)};
    }
    return {element_linear_per_ell(density, skip_, max_ell_, environment.elements), {}};
}

at::Tensor Interaction::sum_messages(const NodeFeatures& features, const Environment& environment) const {
    const at::Tensor up = mix_channels(features.values, up_);
    const at::Tensor source =
        features.row.defined() ? features.row.index_select(0, environment.sender) : environment.sender;
    const at::Tensor weights = at::mm(radial_.hidden(environment.radial), radial_.last_weight())
                                   .view({-1, max_ell_ + 1, up.size(1)});
    return edge_sum(environment.harmonics, weights, up, {source, environment.receiver, environment.atoms()});
}

at::Tensor Interaction::skip(const NodeFeatures& features, const Environment& environment) const {
    const at::Tensor matrices = element_matrices(skip_, environment.elements, elements_);
    if (features.row.defined()) {
        return spread(at::bmm(features.values.unsqueeze(1), matrices).squeeze(1), environment.elements);
    }
    return element_linear(features.values.unsqueeze(0), matrices, environment.elements).squeeze(0);
}

}  // namespace fibonaqi::nn
