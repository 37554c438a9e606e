#include "fibonaqi/select/nonnegative_fit.hpp"

#include <algorithm>
#include <cmath>
#include <tuple>

#include "fibonaqi/select/row_products.hpp"

namespace fibonaqi {
namespace {

// Squared part of the new row that must be independent of the others: noise of float32 features.
constexpr double dependent_square = 1e-12;

at::Tensor chosen(const at::Tensor& rows, const std::vector<std::int64_t>& index) {
    return rows.index_select(0, at::tensor(index, at::kLong).to(rows.device()));
}

}  // namespace

NonnegativeFit::NonnegativeFit(const at::Tensor& rows, const at::Tensor& target, double ridge)
    : rows_(rows), target_(target), ridge_(ridge), residual_(target.clone()) {}

// The unconstrained solution; empty where the last row depends on the others.
std::vector<double> NonnegativeFit::solve(const std::vector<std::int64_t>& rows) const {
    const at::Tensor part = chosen(rows_, rows);
    const at::Tensor gram =
        at::mm(part, part.t()) + ridge_ * at::eye(static_cast<std::int64_t>(rows.size()), part.options());
    const auto [factor, problem] = at::linalg_cholesky_ex(gram);
    const double last_square = gram[-1][-1].item<double>();
    const double pivot = factor[-1][-1].item<double>();
    if (problem.item<std::int32_t>() != 0 || !(pivot * pivot > dependent_square * last_square)) {
        return {};
    }
    return to_host(at::cholesky_solve(at::mv(part, target_).unsqueeze(1), factor).squeeze(1));
}

bool NonnegativeFit::offer(std::int64_t row) {
    std::vector<std::int64_t> in(in_);
    std::vector<double> weights(weights_);
    in.push_back(row);
    weights.push_back(0.0);
    while (true) {
        const std::vector<double> wanted = solve(in);
        if (wanted.empty() || in.empty() || (in.back() == row && wanted.back() <= 0.0)) {
            return false;
        }
        // As far towards the wanted weights as all stay above 0; the first to reach 0 leaves.
        double step = 1.0;
        std::size_t leaves = in.size();
        for (std::size_t i = 0; i < in.size(); ++i) {
            if (wanted[i] <= 0.0 && weights[i] / (weights[i] - wanted[i]) <= step) {
                step = weights[i] / (weights[i] - wanted[i]);
                leaves = i;
            }
        }
        for (std::size_t i = 0; i < in.size(); ++i) {
            weights[i] += step * (wanted[i] - weights[i]);
        }
        if (leaves == in.size()) {
            break;
        }
        in.erase(in.begin() + static_cast<std::ptrdiff_t>(leaves));
        weights.erase(weights.begin() + static_cast<std::ptrdiff_t>(leaves));
    }
    in_ = in;
    weights_ = weights;
    const at::Tensor factors = at::tensor(weights_, at::kDouble).to(rows_.device());
    residual_ = target_ - at::mv(chosen(rows_, in_).t(), factors);
    return true;
}

}  // namespace fibonaqi
