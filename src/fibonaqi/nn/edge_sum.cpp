#include "fibonaqi/nn/edge_sum.hpp"

#include <vector>

namespace fibonaqi::nn {

// One l after the other: messages of all l at once would be the largest tensors of a network by far, and
// cutting them apart again in derivatives costs as much as computing them.
at::Tensor edge_sum(const at::Tensor& harmonics, const at::Tensor& weights, const at::Tensor& features,
                    const EdgeEnds& ends) {
    const std::int64_t orders = weights.size(1), channels = weights.size(2);
    std::vector<std::int64_t> components;
    for (std::int64_t l = 0; l < orders; ++l) {
        components.push_back(2 * l + 1);
    }
    const std::vector<at::Tensor> angular = harmonics.split_with_sizes(components, 1);
    const std::vector<at::Tensor> radial =
        (weights * features.index_select(0, ends.source).unsqueeze(1)).unbind(1);
    std::vector<at::Tensor> sums;
    for (std::size_t l = 0; l < radial.size(); ++l) {
        const at::Tensor messages = angular[l].unsqueeze(2) * radial[l].unsqueeze(1);
        sums.push_back(
            at::zeros({ends.atoms, components[l], channels}, weights.options().requires_grad(false))
                .index_add(0, ends.receiver, messages)
                .transpose(0, 1));
    }
    return at::cat(sums, 0);
}

}  // namespace fibonaqi::nn
