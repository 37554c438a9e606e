#include "fibonaqi/nn/gate.hpp"

#include "fibonaqi/nn/radial.hpp"

namespace fibonaqi::nn {

BlockFeatures Gate::evaluate(const BlockFeatures& features) const {
    BlockFeatures result;
    std::int64_t gated = 0;  // channels that have their gate
    for (std::size_t i = 0; i < outputs_.size(); ++i) {
        const auto& [channels, irrep] = outputs_[i];
        const auto& [block, first] = inputs_.outputs[i];
        const at::Tensor own = features[block].narrow(2, first, channels);
        if (irrep.l == 0) {
            result.push_back(irrep.parity > 0 ? at::silu(own) * normalised_silu
                                              : at::tanh(own) * normalised_tanh);
            continue;
        }
        const at::Tensor gates =
            features[inputs_.gates.block].narrow(2, inputs_.gates.first_channel + gated, channels);
        result.push_back(own * (at::silu(gates) * normalised_silu));
        gated += channels;
    }
    return result;
}

}  // namespace fibonaqi::nn
