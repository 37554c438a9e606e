#include "fibonaqi/nn/tensornet_radial.hpp"

#include <cmath>
#include <numbers>

namespace fibonaqi::nn {
namespace {

using std::numbers::pi;

// Coefficients of j_0(k pi r / r_c) (rows, k - 1) in g_n (columns): the recursion of the header.
at::Tensor smooth_bessel_mixture(std::int64_t functions, double cutoff) {
    at::Tensor mixture = at::zeros({functions, functions + 1}, at::kDouble);
    double d = 1.0;
    for (std::int64_t n = 0; n < functions; ++n) {
        const double a = static_cast<double>(n + 1), b = a + 1.0;
        const double e = (a - 1.0) * (a - 1.0) * b * b / (4.0 * a * a * a * a + 1.0);
        const double f = (n % 2 == 0 ? 1.0 : -1.0) * std::numbers::sqrt2 * pi / std::pow(cutoff, 1.5) * a *
                         b / std::hypot(a, b);
        at::Tensor row = mixture[n];
        row.narrow(0, n, 2).fill_(f);
        if (n > 0) {
            row.add_(mixture[n - 1], std::sqrt(e / d));
        }
        d = n == 0 ? 1.0 : 1.0 - e / d;
        row.div_(std::sqrt(d));
    }
    return mixture.t().contiguous();
}

}  // namespace

TensorNetRadial::TensorNetRadial(const WeightReader& weights, const TensorNetOptions& options)
    : options_(options) {
    const std::int64_t functions = options.basis_functions;
    if (options.basis == TensorNetBasis::gaussian) {
        centers_ = weights.buffer("bond_expansion.rbf.centers", {functions});
        return;
    }
    wave_numbers_ = (at::arange(1, functions + 2, at::kDouble) * (pi / options.cutoff)).to(weights.options());
    mixture_ = smooth_bessel_mixture(functions, options.cutoff).to(weights.options());
}

at::Tensor TensorNetRadial::basis(const at::Tensor& length) const {
    if (options_.basis == TensorNetBasis::gaussian) {
        return at::exp(-options_.width * (length.unsqueeze(1) - centers_).square());
    }
    const at::Tensor argument = length.unsqueeze(1) * wave_numbers_;
    return at::mm(at::sin(argument) / argument, mixture_);
}

RadialValues TensorNetRadial::evaluate(const at::Tensor& length) const {
    const at::Tensor cosine = 0.5 * (at::cos(length * (pi / options_.cutoff)) + 1.0);
    const at::Tensor weight = at::where(length < options_.cutoff, cosine, at::zeros_like(cosine));
    return {basis(length), weight.unsqueeze(1)};
}

}  // namespace fibonaqi::nn
