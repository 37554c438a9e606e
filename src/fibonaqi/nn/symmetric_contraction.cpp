#include "fibonaqi/nn/symmetric_contraction.hpp"

#include <algorithm>
#include <cmath>
#include <set>

#include "fibonaqi/base/error.hpp"

namespace fibonaqi::nn {
namespace {

// Sums of couplings below this part of the largest one are cancellations, not couplings.
constexpr double negligible = 1e-12;

using Monomial = std::vector<int>;
using Row = std::vector<double>;

// Monomials whose coupling does not vanish, with one row of k numbers each, from U [components^nu, k].
std::map<Monomial, Row> collect(const at::Tensor& matrix, int nu, std::int64_t components, double limit) {
    const std::int64_t rows = matrix.size(0), paths = matrix.size(1);
    const double* values = matrix.data_ptr<double>();
    std::map<Monomial, Row> sums;
    Monomial monomial(static_cast<std::size_t>(nu));
    for (std::int64_t row = 0; row < rows; ++row) {
        const double* entries = values + row * paths;
        if (std::all_of(entries, entries + paths, [](double value) { return value == 0.0; })) {
            continue;
        }
        for (std::int64_t i = 0, rest = row; i < nu; ++i, rest /= components) {
            monomial[static_cast<std::size_t>(i)] = static_cast<int>(rest % components);
        }
        std::sort(monomial.begin(), monomial.end());
        Row& sum = sums.try_emplace(monomial, static_cast<std::size_t>(paths), 0.0).first->second;
        for (std::int64_t k = 0; k < paths; ++k) {
            sum[static_cast<std::size_t>(k)] += entries[k];
        }
    }
    std::erase_if(sums, [&](const auto& entry) {
        return std::all_of(entry.second.begin(), entry.second.end(),
                           [&](double value) { return std::abs(value) <= limit; });
    });
    return sums;
}

// The first degree - 1 factors of every monomial.
void add_parents(const std::set<Monomial>& monomials, std::set<Monomial>& shorter) {
    for (const Monomial& monomial : monomials) {
        shorter.insert(Monomial(monomial.begin(), monomial.end() - 1));
    }
}

std::int64_t index_in(const std::set<Monomial>& all, const Monomial& wanted) {
    return std::distance(all.begin(), all.find(wanted));
}

}  // namespace

SymmetricContraction::SymmetricContraction(WeightReader& weights, const std::string& prefix,
                                           const ContractionShape& shape)
    : shape_(shape), degrees_(static_cast<std::size_t>(shape.correlation)) {
    for (std::size_t i = 0; i < shape.orders.size(); ++i) {
        const std::string contraction = prefix + ".contractions." + std::to_string(i);
        for (int nu = shape.correlation; nu >= 1; --nu) {
            degrees_[static_cast<std::size_t>(nu - 1)].parts.push_back(
                read_part(weights, contraction, shape.orders[i], nu));
        }
    }
    index_monomials(weights.options().device());
}

SymmetricContraction::Part SymmetricContraction::read_part(WeightReader& weights, const std::string& prefix,
                                                           int order, int nu) const {
    const std::string matrix_name = prefix + ".U_matrix_" + std::to_string(nu);
    const at::Tensor matrix = weights.host_buffer(matrix_name).contiguous();
    // U of order 0 has no axis for its one component.
    std::vector<std::int64_t> expected(static_cast<std::size_t>(nu), shape_.components());
    if (order > 0) {
        expected.insert(expected.begin(), 2 * order + 1);
    }
    expected.push_back(matrix.dim() > 0 ? matrix.size(-1) : 0);
    if (matrix.sizes().vec() != expected) {
        throw ModelError("tensor '" + matrix_name + "' does not have the shape that max_ell " +
                         std::to_string(shape_.max_ell) + " implies (the file does not fit its card)");
    }
    const std::int64_t paths = expected.back();
    const at::Tensor by_component = matrix.reshape({2 * order + 1, -1, paths});
    const double limit = negligible * (matrix.numel() > 0 ? matrix.abs().max().item<double>() : 0.0);
    Part part;
    Row coupling;
    for (std::int64_t m = 0; m < 2 * order + 1; ++m) {
        const auto sums = collect(by_component[m], nu, shape_.components(), limit);
        part.counts.push_back(static_cast<std::int64_t>(sums.size()));
        for (const auto& [monomial, row] : sums) {
            part.monomials.push_back(monomial);
            coupling.insert(coupling.end(), row.begin(), row.end());
        }
    }
    part.coupling = at::tensor(coupling, at::kDouble)
                        .view({-1, paths})
                        .to(weights.options().device(), weights.options().dtype().toScalarType());
    const std::string name =
        nu == shape_.correlation ? "weights_max" : "weights." + std::to_string(shape_.correlation - 1 - nu);
    part.weight = weights.parameter(prefix + "." + name, {shape_.elements, paths, shape_.channels});
    return part;
}

void SymmetricContraction::index_monomials(const at::Device& device) {
    std::vector<std::set<Monomial>> all(degrees_.size());
    for (std::size_t d = degrees_.size(); d-- > 0;) {
        for (const Part& part : degrees_[d].parts) {
            all[d].insert(part.monomials.begin(), part.monomials.end());
        }
        if (d + 1 < degrees_.size()) {
            add_parents(all[d + 1], all[d]);
        }
    }
    const auto tensor = [&](const std::vector<std::int64_t>& list) {
        return at::tensor(list, at::kLong).to(device);
    };
    for (std::size_t d = 0; d < degrees_.size(); ++d) {
        // Of degree 1 all components are there: the density itself.
        const auto index = [&](std::size_t degree, const Monomial& monomial) {
            return degree == 0 ? monomial[0] : index_in(all[degree], monomial);
        };
        std::vector<std::int64_t> parent, last, terms;
        for (const Monomial& monomial : all[d]) {
            if (d > 0) {
                parent.push_back(index(d - 1, Monomial(monomial.begin(), monomial.end() - 1)));
                last.push_back(monomial.back());
            }
        }
        for (Part& part : degrees_[d].parts) {
            for (const Monomial& monomial : part.monomials) {
                terms.push_back(index(d, monomial));
            }
            part.monomials.clear();
        }
        degrees_[d].parent = tensor(parent);
        degrees_[d].last = tensor(last);
        degrees_[d].monomial = tensor(terms);
    }
}

// Of all terms of one degree: [terms, K, C].
at::Tensor SymmetricContraction::coefficients(const Degree& degree, const ElementGroups& groups) const {
    std::vector<at::Tensor> parts;
    for (const Part& part : degree.parts) {
        parts.push_back(
            at::matmul(part.coupling, part.weight.index_select(0, groups.present)).transpose(0, 1));
    }
    return parts.size() == 1 ? parts[0] : at::cat(parts, 0);
}

BlockFeatures SymmetricContraction::evaluate(const at::Tensor& density, const ElementGroups& groups) const {
    std::vector<std::vector<at::Tensor>> sums;  // [order][M]
    for (const int order : shape_.orders) {
        sums.emplace_back(static_cast<std::size_t>(2 * order + 1));
    }
    at::Tensor monomials = density;
    for (std::size_t d = 0; d < degrees_.size(); ++d) {
        const Degree& degree = degrees_[d];
        if (d > 0) {
            monomials = monomials.index_select(0, degree.parent) * density.index_select(0, degree.last);
        }
        const at::Tensor weights = coefficients(degree, groups);
        const at::Tensor of_atom = groups.size() == 1 ? weights : weights.index_select(1, groups.row);
        const at::Tensor terms = of_atom * monomials.index_select(0, degree.monomial);
        std::int64_t begin = 0;
        for (std::size_t i = 0; i < degree.parts.size(); ++i) {
            for (std::size_t m = 0; m < sums[i].size(); ++m) {
                const std::int64_t count = degree.parts[i].counts[m];
                const at::Tensor sum = terms.narrow(0, begin, count).sum(0);
                sums[i][m] = sums[i][m].defined() ? sums[i][m] + sum : sum;
                begin += count;
            }
        }
    }
    BlockFeatures products;
    for (const auto& components : sums) {
        products.push_back(at::stack(components, 0));
    }
    return products;
}

}  // namespace fibonaqi::nn
