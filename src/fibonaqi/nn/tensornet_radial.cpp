#include "fibonaqi/nn/tensornet_radial.hpp"

#include <numbers>

namespace fibonaqi::nn {

TensorNetRadial::TensorNetRadial(const WeightReader& weights, const TensorNetOptions& options)
    : options_(options) {
    const std::int64_t functions = options.basis_functions;
    if (options.basis == TensorNetBasis::gaussian) {
        centers_ = weights.buffer("bond_expansion.rbf.centers", {functions});
        return;
    }
    smooth_.emplace(functions, options.cutoff, weights.options());
}

at::Tensor TensorNetRadial::basis(const at::Tensor& length) const {
    if (options_.basis == TensorNetBasis::gaussian) {
        return at::exp(-options_.width * (length.unsqueeze(1) - centers_).square());
    }
    return smooth_->evaluate(length);
}

RadialValues TensorNetRadial::evaluate(const at::Tensor& length) const {
    const at::Tensor cosine = 0.5 * (at::cos(length * (std::numbers::pi / options_.cutoff)) + 1.0);
    const at::Tensor weight = at::where(length < options_.cutoff, cosine, at::zeros_like(cosine));
    return {basis(length), weight.unsqueeze(1)};
}

}  // namespace fibonaqi::nn
