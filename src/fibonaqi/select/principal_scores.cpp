#include "fibonaqi/select/principal_scores.hpp"

#include <algorithm>
#include <limits>
#include <tuple>

#include "fibonaqi/base/contract.hpp"

namespace fibonaqi {
namespace {

at::Tensor standardised(const at::Tensor& rows) {
    const auto count = static_cast<double>(rows.size(0));
    constexpr double epsilon = std::numeric_limits<double>::epsilon();
    const at::Tensor mean = rows.mean(0);
    const at::Tensor centred = rows - mean;
    const at::Tensor variance = centred.square().mean(0);
    // What rounding makes of a constant column; the bound is scikit-learn's.
    const at::Tensor rounding = count * epsilon * variance + (count * epsilon * mean).square();
    const at::Tensor is_constant = variance <= rounding;
    const at::Tensor scale = at::where(is_constant, at::ones_like(variance), variance.sqrt());
    return at::where(is_constant, at::zeros_like(centred), centred / scale);
}

}  // namespace

at::Tensor principal_scores(const at::Tensor& rows) {
    FIBONAQI_EXPECT(rows.size(0) >= 2);
    const at::Tensor scaled = standardised(rows);
    const bool is_wide = scaled.size(0) < scaled.size(1);
    const at::Tensor gram = is_wide ? at::mm(scaled, scaled.t()) : at::mm(scaled.t(), scaled);
    const auto [squares, vectors] = at::linalg_eigh(gram);
    const at::Tensor spread = squares.clamp_min(0.0).flip(0);
    const at::Tensor variance = spread / static_cast<double>(rows.size(0) - 1);
    const double total = variance.sum().item<double>();
    const auto kept = std::max<std::int64_t>(1, (variance > 1.0).sum().item<std::int64_t>());
    const at::Tensor axes = vectors.flip(1).slice(1, 0, kept);
    const at::Tensor scores = is_wide ? axes * spread.slice(0, 0, kept).sqrt() : at::mm(scaled, axes);
    const at::Tensor share = total > 0.0 ? variance.slice(0, 0, kept) / total : variance.slice(0, 0, kept);
    return (scores * share).to(at::kCPU).contiguous();
}

}  // namespace fibonaqi
