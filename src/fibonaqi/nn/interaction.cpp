#include "fibonaqi/nn/interaction.hpp"

namespace fibonaqi::nn {
namespace {

std::string name_of(int layer, const std::string& part) {
    return "interactions." + std::to_string(layer) + "." + part;
}

EdgeCoupling coupling_of(const MaceOptions& options, int layer) {
    const Irreps features = options.features_before(layer), harmonics = harmonics_irreps(options.max_ell);
    std::vector<Irrep> wanted;
    for (const IrrepBlock& block : harmonics) {
        wanted.push_back(block.irrep);
    }
    return {features, options.max_ell, coupling_paths(features, harmonics, wanted)};
}

// Around residual blocks: from the features before to those after the layer, as far as both have an l.
ElementLinear skip_of(WeightReader& weights, const MaceOptions& options, int layer, bool is_residual) {
    const Irreps density = options.irreps_to(options.max_ell);
    const std::string name = name_of(layer, "skip_tp.weight");
    return is_residual ? ElementLinear(weights, name, options.features_before(layer),
                                       options.features_after(layer), options.elements())
                       : ElementLinear(weights, name, density, density, options.elements());
}

}  // namespace

Interaction::Interaction(WeightReader& weights, const MaceOptions& options, int layer)
    : options_(options.interactions[static_cast<std::size_t>(layer)]),
      up_(weights, name_of(layer, "linear_up.weight"), options.features_before(layer),
          options.features_before(layer)),
      coupling_(coupling_of(options, layer)),
      radial_(weights, name_of(layer, "conv_tp_weights"),
              layer_widths(options.bessel_functions, options.radial_widths, coupling_.weights())),
      linear_(weights, name_of(layer, "linear.weight"), coupling_.outputs(),
              options.irreps_to(options.max_ell)),
      skip_(skip_of(weights, options, layer, options_.is_residual)) {
    if (options_.has_density) {
        density_.emplace(weights, name_of(layer, "density_fn"),
                         layer_widths(options.bessel_functions, {}, 1));
    }
}

Interaction::Output Interaction::evaluate(const NodeFeatures& features,
                                          const Environment& environment) const {
    const BlockFeatures density = messages(features, environment);
    if (options_.is_residual) {
        return {at::cat(density, 0), skip(features, environment)};
    }
    return {at::cat(skip_.evaluate(density, environment.elements), 0), {}};
}

BlockFeatures Interaction::messages(const NodeFeatures& features, const Environment& environment) const {
    const BlockFeatures up = up_.evaluate(features.blocks);
    const BlockFeatures sums = coupling_.evaluate(environment.harmonics, radial_.evaluate(environment.radial),
                                                  up, edge_ends(features, environment));
    if (!density_) {
        return linear_.evaluate(sums, options_.average_neighbors);
    }
    const at::Tensor of_edges = at::tanh(density_->evaluate(environment.radial).square());
    const at::Tensor divisor = at::ones({environment.atoms(), 1}, of_edges.options().requires_grad(false))
                                   .index_add(0, environment.receiver, of_edges);
    BlockFeatures messages = linear_.evaluate(sums);
    for (at::Tensor& block : messages) {
        block = block / divisor;
    }
    return messages;
}

BlockFeatures Interaction::skip(const NodeFeatures& features, const Environment& environment) const {
    if (!features.row.defined()) {
        return skip_.evaluate(features.blocks, environment.elements);
    }
    return spread_rows(skip_.evaluate_rows(features.blocks, environment.elements), environment);
}

}  // namespace fibonaqi::nn
