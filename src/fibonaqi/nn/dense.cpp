#include "fibonaqi/nn/dense.hpp"

namespace fibonaqi::nn {

Dense::Dense(WeightReader& weights, const std::string& prefix, std::int64_t in, std::int64_t out)
    : weight_(weights.parameter(prefix + ".weight", {out, in})),
      bias_(weights.parameter(prefix + ".bias", {out})) {}

at::Tensor Dense::evaluate(const at::Tensor& input) const {
    return at::addmm(bias_, input, weight_.t());
}

at::Tensor Dense::evaluate(const at::Tensor& input, const ReadoutWeights& weights) const {
    if (!weights.replaces(weight_)) {
        return evaluate(input);
    }
    const at::Tensor each = weights.of_atoms(weight_).view({-1, weight_.size(0), weight_.size(1)});
    return at::bmm(each, input.unsqueeze(2)).squeeze(2) + weights.of_atoms(bias_);
}

at::Tensor Dense::evaluate_by_part(const at::Tensor& input, std::int64_t parts) const {
    const std::int64_t out = weight_.size(0), in = weight_.size(1);
    const at::Tensor weight = weight_.view({out / parts, parts, in}).transpose(0, 1).reshape({out, in});
    return at::addmm(bias_.view({out / parts, parts}).t().reshape({out}), input, weight.t());
}

RowNorm::RowNorm(WeightReader& weights, const std::string& prefix, std::int64_t columns)
    : weight_(weights.parameter(prefix + ".weight", {columns})),
      bias_(weights.parameter(prefix + ".bias", {columns})) {}

at::Tensor RowNorm::evaluate(const at::Tensor& rows) const {
    return at::layer_norm(rows, {weight_.size(0)}, weight_, bias_);
}

}  // namespace fibonaqi::nn
