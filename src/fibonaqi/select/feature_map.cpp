#include "fibonaqi/select/feature_map.hpp"

#include <algorithm>

#include "fibonaqi/base/contract.hpp"

namespace fibonaqi {
namespace {

// +1 or -1 for every column: the sign of its entry of largest size.
at::Tensor signs_of(const at::Tensor& axes) {
    const at::Tensor largest = axes.abs().argmax(0, /*keepdim=*/true);
    return at::where(axes.gather(0, largest) < 0.0, -at::ones({}, axes.options()),
                     at::ones({}, axes.options()));
}

}  // namespace

at::Tensor FeatureMap::place(const at::Tensor& rows) const {
    return at::mm(rows.to(at::kDouble) - mean, axes);
}

FeatureMap feature_map(const at::Tensor& rows) {
    FIBONAQI_EXPECT(rows.dim() == 2 && rows.size(0) >= 1 && rows.size(1) >= 1);
    const at::Tensor values = rows.to(at::kDouble);
    FeatureMap map;
    map.mean = values.mean(0);
    const at::Tensor centred = values - map.mean;
    const auto [squares, vectors] = at::linalg_eigh(at::mm(centred.t(), centred));
    const std::int64_t kept = std::min<std::int64_t>(2, rows.size(1));
    map.axes = at::zeros({rows.size(1), 2}, values.options());
    const at::Tensor leading = vectors.flip(1).slice(1, 0, kept);
    map.axes.slice(1, 0, kept).copy_(leading * signs_of(leading));
    const at::Tensor spread = squares.clamp_min(0.0).flip(0).cpu();
    const double total = spread.sum().item<double>();
    for (std::int64_t i = 0; i < kept && total > 0.0; ++i) {
        map.shares[static_cast<std::size_t>(i)] = spread[i].item<double>() / total;
    }
    return map;
}

}  // namespace fibonaqi
