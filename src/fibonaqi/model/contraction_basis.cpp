#include "fibonaqi/model/contraction_basis.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "fibonaqi/base/contract.hpp"
#include "fibonaqi/model/irreps.hpp"
#include "fibonaqi/model/wigner_3j.hpp"

namespace fibonaqi {
namespace {

// One number of a path's tensor: component m of the result, and the components multiplied, as one number in
// base M, the first factor in front.
struct Entry {
    int m = 0;
    std::int64_t factors = 0;
    double value = 0.0;
};

// One way to couple some factors.
struct Path {
    Irrep irrep;
    std::vector<Entry> entries;
};

// -1 where e3nn 0.4 and 0.5 differ.
double sign_of_e3nn_04(int l1, int l2, int l3) {
    std::array<int, 3> sorted{l1, l2, l3};
    std::sort(sorted.begin(), sorted.end());
    return sorted[0] == 1 && sorted[1] == sorted[2] && sorted[1] > 1 ? -1.0 : 1.0;
}

// `left` coupled with harmonics of order l to `irrep`; `components` is M.
Path coupled(const Path& left, int l, const Irrep& irrep, std::int64_t components) {
    const double scale = std::sqrt(2.0 * irrep.l + 1.0) * sign_of_e3nn_04(irrep.l, left.irrep.l, l);
    std::vector<std::vector<Entry>> of_component(static_cast<std::size_t>(2 * left.irrep.l + 1));
    for (const Entry& entry : left.entries) {
        of_component[static_cast<std::size_t>(entry.m)].push_back(entry);
    }
    Path path{irrep, {}};
    for (const CouplingTerm& term : wigner_3j(irrep.l, left.irrep.l, l)) {
        for (const Entry& entry : of_component[static_cast<std::size_t>(term.m2)]) {
            path.entries.push_back(
                {term.m1, entry.factors * components + l * l + term.m3, scale * term.value * entry.value});
        }
    }
    return path;
}

void sort_by_irrep(std::vector<Path>& paths) {
    std::stable_sort(paths.begin(), paths.end(),
                     [](const Path& a, const Path& b) { return a.irrep < b.irrep; });
}

std::vector<Path> single_factors(int max_ell) {
    std::vector<Path> paths;
    for (int l = 0; l <= max_ell; ++l) {
        Path path{{l, natural_parity(l)}, {}};
        for (int m = 0; m < 2 * l + 1; ++m) {
            path.entries.push_back({m, l * l + m, 1.0});
        }
        paths.push_back(std::move(path));
    }
    return paths;
}

// Whether paths to this irrep can still become `wanted` with `more` factors.
bool is_useful(const Irrep& irrep, int wanted, int more, int max_ell) {
    return std::abs(irrep.l - wanted) <= more * max_ell;
}

// All paths of one more factor.
std::vector<Path> extended(const std::vector<Path>& paths, int max_ell, int wanted, int more,
                           bool natural_only) {
    const std::int64_t components = static_cast<std::int64_t>(max_ell + 1) * (max_ell + 1);
    std::vector<Path> longer;
    for (const Path& left : paths) {
        for (int l = 0; l <= max_ell; ++l) {
            for (int to = std::abs(left.irrep.l - l); to <= left.irrep.l + l; ++to) {
                const Irrep irrep{to, left.irrep.parity * natural_parity(l)};
                const bool is_natural = irrep.parity == natural_parity(to);
                const bool is_wanted = more > 0 || (to == wanted && is_natural);
                if (is_wanted && (is_natural || !natural_only) && is_useful(irrep, wanted, more, max_ell)) {
                    longer.push_back(coupled(left, l, irrep, components));
                }
            }
        }
    }
    sort_by_irrep(longer);
    return longer;
}

StoredTensor tensor_of(const std::vector<Path>& paths, std::int64_t components, int order, int nu) {
    const auto k = static_cast<std::int64_t>(paths.size());
    std::vector<std::int64_t> shape(static_cast<std::size_t>(nu), components);
    if (order > 0) {
        shape.insert(shape.begin(), 2 * order + 1);
    }
    shape.push_back(k);
    std::int64_t rows = 1;
    for (int i = 0; i < nu; ++i) {
        rows *= components;
    }
    std::vector<double> values(static_cast<std::size_t>((2 * order + 1) * rows * k), 0.0);
    for (std::int64_t path = 0; path < k; ++path) {
        for (const Entry& entry : paths[static_cast<std::size_t>(path)].entries) {
            values[static_cast<std::size_t>((entry.m * rows + entry.factors) * k + path)] += entry.value;
        }
    }
    return StoredTensor::from_doubles(values, shape, TensorType::float64);
}

}  // namespace

StoredTensor contraction_basis(int max_ell, int order, int nu) {
    FIBONAQI_EXPECT(max_ell >= 0 && max_ell <= highest_order && order >= 0 && nu >= 1 && nu <= 4);
    std::vector<Path> paths = single_factors(max_ell);
    for (int factors = 2; factors <= nu; ++factors) {
        paths = extended(paths, max_ell, order, nu - factors, nu == 4);
    }
    std::erase_if(paths, [&](const Path& path) { return path.irrep != Irrep{order, natural_parity(order)}; });
    return tensor_of(paths, static_cast<std::int64_t>(max_ell + 1) * (max_ell + 1), order, nu);
}

}  // namespace fibonaqi
