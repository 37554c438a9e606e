#include "fibonaqi/nn/linear.hpp"

#include <cmath>

namespace fibonaqi::nn {
namespace {

double root(std::int64_t fan_in) {
    return std::sqrt(static_cast<double>(fan_in));
}

// Calls map(features of l [2l + 1, N, C], l) for every l and puts the results together.
template <typename Map>
at::Tensor for_each_ell(const at::Tensor& features, int max_ell, const Map& map) {
    std::vector<at::Tensor> parts;
    for (int l = 0; l <= max_ell; ++l) {
        parts.push_back(map(features.narrow(0, l * l, 2 * l + 1), l));
    }
    return at::cat(parts, 0);
}

}  // namespace

at::Tensor mix_channels(const at::Tensor& features, const at::Tensor& weight, double divisor) {
    const std::int64_t channels = features.size(-1);
    return at::matmul(features, weight.view({channels, -1}) * (1.0 / (root(channels) * divisor)));
}

at::Tensor linear_per_ell(const at::Tensor& features, const at::Tensor& weight, int max_ell, double divisor) {
    const std::int64_t channels = features.size(-1);
    const at::Tensor matrices =
        weight.view({max_ell + 1, channels, channels}) * (1.0 / (root(channels) * divisor));
    return for_each_ell(features, max_ell, [&](const at::Tensor& part, int l) {
        return at::mm(part.reshape({-1, channels}), matrices.select(0, l)).view(part.sizes());
    });
}

at::Tensor element_matrices(const at::Tensor& weight, const ElementGroups& groups, std::int64_t elements) {
    const auto channels = static_cast<std::int64_t>(std::llround(root(weight.numel() / elements)));
    return weight.view({channels, elements, channels}).index_select(1, groups.present).transpose(0, 1) *
           (1.0 / root(channels * elements));
}

at::Tensor element_linear(const at::Tensor& features, const at::Tensor& matrices,
                          const ElementGroups& groups) {
    const std::int64_t components = features.size(0), channels = features.size(2);
    if (groups.size() == 1) {
        return at::mm(features.reshape({-1, channels}), matrices.select(0, 0)).view(features.sizes());
    }
    std::vector<at::Tensor> parts;
    for (std::int64_t k = 0; k < groups.size(); ++k) {
        const at::Tensor rows = features.index_select(1, groups.atoms[static_cast<std::size_t>(k)]);
        parts.push_back(
            at::mm(rows.reshape({-1, channels}), matrices.select(0, k)).view({components, -1, channels}));
    }
    return at::cat(parts, 1).index_select(1, groups.place);
}

at::Tensor element_linear_per_ell(const at::Tensor& features, const at::Tensor& weight, int max_ell,
                                  const ElementGroups& groups) {
    const std::int64_t channels = features.size(2);
    const at::Tensor per_ell = weight.view({max_ell + 1, -1});
    const std::int64_t elements = per_ell.size(1) / (channels * channels);
    return for_each_ell(features, max_ell, [&](const at::Tensor& part, int l) {
        return element_linear(part, element_matrices(per_ell.select(0, l), groups, elements), groups);
    });
}

}  // namespace fibonaqi::nn
