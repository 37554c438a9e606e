#include "fibonaqi/nn/edge_sum.hpp"

#include <vector>

namespace fibonaqi::nn {

at::Tensor edge_sum(const at::Tensor& harmonics, const at::Tensor& weights, const at::Tensor& features,
                    const EdgeEnds& ends) {
    const std::int64_t orders = weights.size(1), channels = weights.size(2);
    const at::Tensor radial = weights * features.index_select(0, ends.source).unsqueeze(1);
    std::vector<at::Tensor> messages;
    for (std::int64_t l = 0; l < orders; ++l) {
        messages.push_back(harmonics.narrow(1, l * l, 2 * l + 1).unsqueeze(2) * radial.narrow(1, l, 1));
    }
    return at::zeros({ends.atoms, orders * orders, channels}, weights.options().requires_grad(false))
        .index_add(0, ends.receiver, at::cat(messages, 1))
        .transpose(0, 1)
        .contiguous();
}

}  // namespace fibonaqi::nn
