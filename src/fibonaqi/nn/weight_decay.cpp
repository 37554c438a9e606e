#include "fibonaqi/nn/weight_decay.hpp"

namespace fibonaqi::nn {

bool decays(const std::string& architecture, const std::string& parameter) {
    if (architecture != "mace") {
        return !parameter.ends_with("bias");
    }
    const bool is_kept_small = parameter.find("linear.weight") != std::string::npos ||
                               parameter.find("skip_tp_full.weight") != std::string::npos;
    return parameter.starts_with("products.") || (parameter.starts_with("interactions.") && is_kept_small);
}

}  // namespace fibonaqi::nn
