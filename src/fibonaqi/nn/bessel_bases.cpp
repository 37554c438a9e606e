#include "fibonaqi/nn/bessel_bases.hpp"

#include <cmath>
#include <numbers>

#include "fibonaqi/base/contract.hpp"

namespace fibonaqi::nn {
namespace {

using std::numbers::pi;

// Coefficients of j_0(k pi r / r_c) (rows, k - 1) in g_n (columns): the recursion of the header.
at::Tensor smooth_mixture(std::int64_t functions, double cutoff) {
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

double spherical_bessel(int l, double x) {
    return std::sph_bessel(static_cast<unsigned>(l), x);
}

// A sign change of j_l in between low and high.
double zero_between(int l, double low, double high) {
    const bool is_positive = spherical_bessel(l, low) > 0.0;
    for (double middle = 0.5 * (low + high); low < middle && middle < high; middle = 0.5 * (low + high)) {
        ((spherical_bessel(l, middle) > 0.0) == is_positive ? low : high) = middle;
    }
    return 0.5 * (low + high);
}

// j_l by j_(l+1) = (2l + 1) / x j_l - j_(l-1). For x far below l it loses digits: at 0.7 angstrom, l = 2 and
// r_c = 5 angstrom (x = 0.8), two.
at::Tensor spherical_bessel(std::size_t l, const at::Tensor& x) {
    at::Tensor before = at::cos(x) / x, value = at::sin(x) / x;
    for (std::size_t i = 0; i < l; ++i) {
        const at::Tensor next = value * (2.0 * static_cast<double>(i) + 1.0) / x - before;
        before = value;
        value = next;
    }
    return value;
}

}  // namespace

SmoothBesselBasis::SmoothBesselBasis(std::int64_t functions, double cutoff, const at::TensorOptions& options)
    : wave_numbers_((at::arange(1, functions + 2, at::kDouble) * (pi / cutoff)).to(options)),
      mixture_(smooth_mixture(functions, cutoff).to(options)) {}

at::Tensor SmoothBesselBasis::evaluate(const at::Tensor& length) const {
    const at::Tensor argument = length.unsqueeze(1) * wave_numbers_;
    return at::mm(at::sin(argument) / argument, mixture_);
}

std::vector<double> zeros_of_spherical_bessel(int l, std::int64_t count) {
    FIBONAQI_EXPECT(l >= 0);
    std::vector<double> zeros;
    if (l == 0) {
        for (std::int64_t n = 1; n <= count; ++n) {
            zeros.push_back(static_cast<double>(n) * pi);
        }
        return zeros;
    }
    const std::vector<double> lower = zeros_of_spherical_bessel(l - 1, count + 1);
    for (std::size_t n = 0; n + 1 < lower.size(); ++n) {
        zeros.push_back(zero_between(l, lower[n], lower[n + 1]));
    }
    return zeros;
}

SphericalBesselBasis::SphericalBesselBasis(std::int64_t orders, std::int64_t functions, double cutoff,
                                           const at::TensorOptions& options) {
    for (int l = 0; l < orders; ++l) {
        std::vector<double> wave_numbers, factors;
        for (const double zero : zeros_of_spherical_bessel(l, functions)) {
            wave_numbers.push_back(zero / cutoff);
            factors.push_back(std::sqrt(2.0 / std::pow(cutoff, 3.0)) /
                              std::abs(spherical_bessel(l + 1, zero)));
        }
        wave_numbers_.push_back(at::tensor(wave_numbers, at::kDouble).to(options));
        factors_.push_back(at::tensor(factors, at::kDouble).to(options));
    }
}

at::Tensor SphericalBesselBasis::evaluate(const at::Tensor& length) const {
    std::vector<at::Tensor> functions;
    for (std::size_t l = 0; l < factors_.size(); ++l) {
        const at::Tensor argument = length.unsqueeze(1) * wave_numbers_[l];
        functions.push_back(spherical_bessel(l, argument) * factors_[l]);
    }
    return at::cat(functions, 1);
}

}  // namespace fibonaqi::nn
