#include "fibonaqi/nn/tensornet_blocks.hpp"

namespace fibonaqi::nn {
namespace {

constexpr std::int64_t parts = 3;  // I, A, S

const std::string embedding = "tensor_embedding.";

}  // namespace

TensorNetEmbedding::TensorNetEmbedding(WeightReader& weights, const TensorNetOptions& options)
    : elements_(weights.parameter(embedding + "emb.weight", {options.elements, options.channels}, {})),
      pair_weight_(weights.parameter(embedding + "emb2.weight", {options.channels, 2 * options.channels})),
      pair_bias_(weights.parameter(embedding + "emb2.bias", {options.channels})),
      mix_(weights, embedding + "linears_tensor", 0, options.channels),
      hidden_(weights, embedding + "linears_scalar.0", options.channels, 2 * options.channels),
      factors_(weights, embedding + "linears_scalar.1", 2 * options.channels, parts * options.channels),
      norm_(weights, embedding + "init_norm", options.channels) {
    for (int part = 1; part <= parts; ++part) {
        distance_.emplace_back(weights, embedding + "distance_proj" + std::to_string(part),
                               options.basis_functions, options.channels);
    }
}

at::Tensor TensorNetEmbedding::pair_table(const ElementGroups& elements) const {
    const std::int64_t channels = elements_.size(1);
    const at::Tensor present = elements_.index_select(0, elements.present);
    const at::Tensor of_begin = at::mm(present, pair_weight_.narrow(1, 0, channels).t());
    const at::Tensor of_end = at::addmm(pair_bias_, present, pair_weight_.narrow(1, channels, channels).t());
    return of_begin.unsqueeze(1) + of_end.unsqueeze(0);
}

at::Tensor TensorNetEmbedding::radial_weights(const RadialValues& radial) const {
    std::vector<at::Tensor> weights;
    for (const Dense& distance : distance_) {
        weights.push_back(distance.evaluate(radial.basis));
    }
    return at::cat(weights, 1) * radial.weight;
}

at::Tensor TensorNetEmbedding::evaluate(const TensorNetEdges& edges, const TensorCoupling& coupling) const {
    const ElementGroups& elements = edges.elements;
    const at::Tensor pair =
        elements.row.index_select(0, edges.begin) * elements.size() + elements.row.index_select(0, edges.end);
    const at::Tensor tensors =
        coupling.from_directions(edges.directions, radial_weights(edges.radial), pair_table(elements),
                                 {pair, edges.receiver, elements.size() * elements.size(), edges.atoms()});
    const at::Tensor hidden = at::silu(hidden_.evaluate(norm_.evaluate(squared_norm(tensors))));
    const at::Tensor factors = at::silu(factors_.evaluate_by_part(hidden, parts));
    return scale_parts(mix_.evaluate(tensors), factors.view({edges.atoms(), parts, -1}));
}

TensorNetInteraction::TensorNetInteraction(WeightReader& weights, const TensorNetOptions& options,
                                           const std::string& prefix)
    : first_(weights, prefix + ".linears_scalar.0", options.basis_functions, options.channels),
      second_(weights, prefix + ".linears_scalar.1", options.channels, 2 * options.channels),
      third_(weights, prefix + ".linears_scalar.2", 2 * options.channels, parts * options.channels),
      before_(weights, prefix + ".linears_tensor", 0, options.channels),
      after_(weights, prefix + ".linears_tensor", static_cast<int>(parts), options.channels) {}

at::Tensor TensorNetInteraction::radial_weights(const RadialValues& radial) const {
    const at::Tensor first = at::silu(first_.evaluate(radial.basis));
    const at::Tensor second = at::silu(second_.evaluate(first));
    return at::silu(third_.evaluate_by_part(second, parts)) * radial.weight;
}

at::Tensor TensorNetInteraction::evaluate(const at::Tensor& tensors, const TensorNetEdges& edges,
                                          const TensorCoupling& coupling) const {
    const at::Tensor x = bounded(tensors);
    const at::Tensor y = before_.evaluate(x);
    const at::Tensor messages = coupling.from_neighbors(
        radial_weights(edges.radial), y, {edges.sender, edges.receiver, edges.atoms(), edges.atoms()});
    const at::Tensor change = after_.evaluate(bounded(coupling.product(y, messages)));
    return x + change + coupling.square(change);
}

TensorNetInvariants::TensorNetInvariants(WeightReader& weights, const TensorNetOptions& options)
    : norm_(weights, "out_norm", parts * options.channels),
      mix_(weights, "linear", parts * options.channels, options.channels) {}

at::Tensor TensorNetInvariants::evaluate(const at::Tensor& tensors) const {
    const auto norms = squared_norms_of_parts(tensors);
    return mix_.evaluate(norm_.evaluate(at::cat({norms[0], norms[1], norms[2]}, 1)));
}

}  // namespace fibonaqi::nn
