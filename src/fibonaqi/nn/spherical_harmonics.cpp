#include "fibonaqi/nn/spherical_harmonics.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "fibonaqi/base/contract.hpp"

namespace fibonaqi::nn {
namespace {

using Exponents = std::array<int, 3>;  // of x, y, z

// One term of the polynomial of a component: sqrt(norm) * factor * x^i y^j z^k.
struct Term {
    int component;
    double norm;
    double factor;
    Exponents exponents;
};

constexpr double s5 = 5.0 / 8.0, s3 = 3.0 / 8.0, s15 = 15.0;  // below, times 7 for l = 3

constexpr Term terms[] = {
    {0, 1.0, 1.0, {0, 0, 0}},
    // l = 1
    {1, 3.0, 1.0, {1, 0, 0}},
    {2, 3.0, 1.0, {0, 1, 0}},
    {3, 3.0, 1.0, {0, 0, 1}},
    // l = 2: xz, xy, y^2 - (x^2 + z^2) / 2, yz, (z^2 - x^2) / 2
    {4, 15.0, 1.0, {1, 0, 1}},
    {5, 15.0, 1.0, {1, 1, 0}},
    {6, 5.0, 1.0, {0, 2, 0}},
    {6, 5.0, -0.5, {2, 0, 0}},
    {6, 5.0, -0.5, {0, 0, 2}},
    {7, 15.0, 1.0, {0, 1, 1}},
    {8, 15.0, 0.5, {0, 0, 2}},
    {8, 15.0, -0.5, {2, 0, 0}},
    // l = 3: x (3 z^2 - x^2), xyz, x (4 y^2 - q), y (2 y^2 - 3 q) / 2, z (4 y^2 - q), y (z^2 - x^2) / 2,
    // z (z^2 - 3 x^2), with q = x^2 + z^2
    {9, 7.0 * s5, 3.0, {1, 0, 2}},
    {9, 7.0 * s5, -1.0, {3, 0, 0}},
    {10, 7.0 * s15, 1.0, {1, 1, 1}},
    {11, 7.0 * s3, 4.0, {1, 2, 0}},
    {11, 7.0 * s3, -1.0, {3, 0, 0}},
    {11, 7.0 * s3, -1.0, {1, 0, 2}},
    {12, 7.0, 1.0, {0, 3, 0}},
    {12, 7.0, -1.5, {2, 1, 0}},
    {12, 7.0, -1.5, {0, 1, 2}},
    {13, 7.0 * s3, 4.0, {0, 2, 1}},
    {13, 7.0 * s3, -1.0, {2, 0, 1}},
    {13, 7.0 * s3, -1.0, {0, 0, 3}},
    {14, 7.0 * s15, 0.5, {0, 1, 2}},
    {14, 7.0 * s15, -0.5, {2, 1, 0}},
    {15, 7.0 * s5, 1.0, {0, 0, 3}},
    {15, 7.0 * s5, -3.0, {2, 0, 1}},
    // l = 4: xz (z^2 - x^2), xy (3 z^2 - x^2), xz (6 y^2 - q), xy (4 y^2 - 3 q), 8 y^4 - 24 y^2 q + 3 q^2,
    // yz (4 y^2 - 3 q), (z^2 - x^2) (6 y^2 - q), yz (z^2 - 3 x^2), z^4 - 6 x^2 z^2 + x^4
    {16, 35.0, 1.5, {1, 0, 3}},
    {16, 35.0, -1.5, {3, 0, 1}},
    {17, 70.0, 2.25, {1, 1, 2}},
    {17, 70.0, -0.75, {3, 1, 0}},
    {18, 5.0, 9.0, {1, 2, 1}},
    {18, 5.0, -1.5, {3, 0, 1}},
    {18, 5.0, -1.5, {1, 0, 3}},
    {19, 10.0, 3.0, {1, 3, 0}},
    {19, 10.0, -2.25, {3, 1, 0}},
    {19, 10.0, -2.25, {1, 1, 2}},
    {20, 1.0, 3.0, {0, 4, 0}},
    {20, 1.0, -9.0, {2, 2, 0}},
    {20, 1.0, -9.0, {0, 2, 2}},
    {20, 1.0, 1.125, {4, 0, 0}},
    {20, 1.0, 2.25, {2, 0, 2}},
    {20, 1.0, 1.125, {0, 0, 4}},
    {21, 10.0, 3.0, {0, 3, 1}},
    {21, 10.0, -2.25, {2, 1, 1}},
    {21, 10.0, -2.25, {0, 1, 3}},
    {22, 5.0, 4.5, {0, 2, 2}},
    {22, 5.0, -4.5, {2, 2, 0}},
    {22, 5.0, 0.75, {4, 0, 0}},
    {22, 5.0, -0.75, {0, 0, 4}},
    {23, 70.0, 0.75, {0, 1, 3}},
    {23, 70.0, -2.25, {2, 1, 1}},
    {24, 35.0, 0.375, {0, 0, 4}},
    {24, 35.0, -2.25, {2, 0, 2}},
    {24, 35.0, 0.375, {4, 0, 0}},
};

// All monomials of degree d, each as one of degree d - 1 times a coordinate not before its last one.
std::vector<Exponents> monomials_of(int degree) {
    std::vector<Exponents> all;
    for (int x = degree; x >= 0; --x) {
        for (int y = degree - x; y >= 0; --y) {
            all.push_back({x, y, degree - x - y});
        }
    }
    return all;
}

std::int64_t index_of(const std::vector<Exponents>& all, const Exponents& wanted) {
    return std::find(all.begin(), all.end(), wanted) - all.begin();
}

}  // namespace

SphericalHarmonics::SphericalHarmonics(int max_ell, const at::TensorOptions& options) {
    FIBONAQI_EXPECT(max_ell >= 0 && max_ell <= highest_ell);
    std::vector<Exponents> all;
    for (int degree = 0; degree <= max_ell; ++degree) {
        const std::vector<Exponents> before = degree > 0 ? monomials_of(degree - 1) : all;
        std::vector<std::int64_t> parents, axes;
        for (const Exponents& exponents : monomials_of(degree)) {
            all.push_back(exponents);
            const std::size_t axis = exponents[0] > 0 ? 0 : exponents[1] > 0 ? 1 : 2;
            Exponents parent = exponents;
            --parent[axis];
            parents.push_back(degree > 1 ? index_of(before, parent) : 0);
            axes.push_back(static_cast<std::int64_t>(axis));
        }
        if (degree > 1) {
            degrees_.push_back({at::tensor(parents, at::kLong).to(options.device()),
                                at::tensor(axes, at::kLong).to(options.device())});
        }
    }
    const int components = (max_ell + 1) * (max_ell + 1);
    at::Tensor matrix = at::zeros({static_cast<std::int64_t>(all.size()), components}, at::kDouble);
    auto entries = matrix.accessor<double, 2>();
    for (const Term& term : terms) {
        if (term.component < components) {
            entries[index_of(all, term.exponents)][term.component] = std::sqrt(term.norm) * term.factor;
        }
    }
    coefficients_ = matrix.to(options.device(), options.dtype().toScalarType());
}

at::Tensor SphericalHarmonics::evaluate(const at::Tensor& unit) const {
    std::vector<at::Tensor> monomials{at::ones({unit.size(0), 1}, unit.options().requires_grad(false))};
    if (coefficients_.size(0) > 1) {
        monomials.push_back(unit);
    }
    for (const Degree& degree : degrees_) {
        monomials.push_back(monomials.back().index_select(1, degree.parent) *
                            unit.index_select(1, degree.axis));
    }
    return at::mm(at::cat(monomials, 1), coefficients_);
}

}  // namespace fibonaqi::nn
