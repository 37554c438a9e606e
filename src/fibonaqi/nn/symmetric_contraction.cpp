#include "fibonaqi/nn/symmetric_contraction.hpp"

#include <algorithm>
#include <cmath>
#include <map>

#include "fibonaqi/base/contract.hpp"
#include "fibonaqi/base/error.hpp"

namespace fibonaqi::nn {
namespace {

// Sums of couplings below this part of the largest one are cancellations, not couplings.
constexpr double negligible = 1e-12;

using Row = std::vector<double>;

}  // namespace

SymmetricContraction::SymmetricContraction(WeightReader& weights, const std::string& prefix,
                                           const MaceOptions& options) {
    degrees_.resize(static_cast<std::size_t>(options.correlation));
    for (int nu = options.correlation; nu >= 1; --nu) {
        const std::string name = nu == options.correlation
                                     ? "weights_max"
                                     : "weights." + std::to_string(options.correlation - 1 - nu);
        degrees_[static_cast<std::size_t>(nu - 1)] = read_degree(weights, prefix, nu, name, options);
    }
    index_monomials(weights.options().device());
}

SymmetricContraction::Degree SymmetricContraction::read_degree(WeightReader& weights,
                                                               const std::string& prefix, int nu,
                                                               const std::string& name,
                                                               const MaceOptions& options) const {
    const std::string matrix_name = prefix + ".U_matrix_" + std::to_string(nu);
    const at::Tensor matrix = weights.host_buffer(matrix_name).contiguous();
    const std::int64_t components = options.components();
    std::int64_t rows = 1;
    bool fits = matrix.dim() == nu + 1;
    for (int axis = 0; fits && axis < nu; ++axis) {
        fits = matrix.size(axis) == components;
        rows *= components;
    }
    if (!fits) {
        throw ModelError("tensor '" + matrix_name + "' does not have the shape that max_ell " +
                         std::to_string(options.max_ell) + " implies (the file does not fit its card)");
    }
    const std::int64_t paths = matrix.size(nu);
    std::map<Monomial, Row> sums;
    const double* values = matrix.data_ptr<double>();
    for (std::int64_t row = 0; row < rows; ++row) {
        Monomial monomial{-1, -1, -1};
        for (std::int64_t i = 0, rest = row; i < nu; ++i, rest /= components) {
            monomial[static_cast<std::size_t>(i)] = static_cast<int>(rest % components);
        }
        std::sort(monomial.begin(), monomial.end());
        Row& sum = sums.try_emplace(monomial, static_cast<std::size_t>(paths), 0.0).first->second;
        for (std::int64_t k = 0; k < paths; ++k) {
            sum[static_cast<std::size_t>(k)] += values[row * paths + k];
        }
    }
    const double limit = negligible * matrix.abs().max().item<double>();
    Degree degree;
    Row coupling;
    for (const auto& [monomial, row] : sums) {
        if (std::any_of(row.begin(), row.end(), [&](double value) { return std::abs(value) > limit; })) {
            degree.monomials.push_back(monomial);
            coupling.insert(coupling.end(), row.begin(), row.end());
        }
    }
    degree.coupling = at::tensor(coupling, at::kDouble)
                          .view({-1, paths})
                          .to(weights.options().device(), weights.options().dtype().toScalarType());
    degree.weight = weights.parameter(prefix + "." + name, {options.elements, paths, options.channels});
    return degree;
}

void SymmetricContraction::index_monomials(const at::Device& device) {
    std::map<std::array<int, 2>, std::int64_t> pairs;
    std::vector<std::int64_t> first, second, singles, squares, cube_pair, cube_last;
    const auto pair_of = [&](int a, int b) {
        const auto [found, is_new] = pairs.try_emplace({a, b}, static_cast<std::int64_t>(pairs.size()));
        if (is_new) {
            first.push_back(a);
            second.push_back(b);
        }
        return found->second;
    };
    for (std::size_t nu = 1; nu <= degrees_.size(); ++nu) {
        for (const Monomial& monomial : degrees_[nu - 1].monomials) {
            if (nu == 1) {
                singles.push_back(monomial[2]);
            } else if (nu == 2) {
                squares.push_back(pair_of(monomial[1], monomial[2]));
            } else {
                cube_pair.push_back(pair_of(monomial[0], monomial[1]));
                cube_last.push_back(monomial[2]);
            }
        }
    }
    const auto index = [&](const std::vector<std::int64_t>& list) {
        return at::tensor(list, at::kLong).to(device);
    };
    singles_ = index(singles);
    pair_first_ = index(first);
    pair_second_ = index(second);
    squares_ = index(squares);
    cube_pair_ = index(cube_pair);
    cube_last_ = index(cube_last);
}

// [monomials, K, C]
at::Tensor SymmetricContraction::coefficients(const Degree& degree, const ElementGroups& groups) const {
    return at::matmul(degree.coupling, degree.weight.index_select(0, groups.present)).transpose(0, 1);
}

at::Tensor SymmetricContraction::evaluate(const at::Tensor& density, const ElementGroups& groups) const {
    const auto weighted_sum = [&](const Degree& degree, const at::Tensor& monomials) {
        const at::Tensor weights = coefficients(degree, groups);
        const at::Tensor of_atom = groups.size() == 1 ? weights : weights.index_select(1, groups.row);
        return (of_atom * monomials).sum(0);
    };
    at::Tensor sum = weighted_sum(degrees_[0], density.index_select(0, singles_));
    if (degrees_.size() == 1) {
        return sum;
    }
    const at::Tensor pairs = density.index_select(0, pair_first_) * density.index_select(0, pair_second_);
    sum = sum + weighted_sum(degrees_[1], pairs.index_select(0, squares_));
    if (degrees_.size() == 2) {
        return sum;
    }
    const at::Tensor cubes = pairs.index_select(0, cube_pair_) * density.index_select(0, cube_last_);
    return sum + weighted_sum(degrees_[2], cubes);
}

}  // namespace fibonaqi::nn
