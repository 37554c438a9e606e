#include "fibonaqi/nn/readout_weights.hpp"

#include <algorithm>
#include <map>

#include "fibonaqi/base/contract.hpp"
#include "fibonaqi/base/error.hpp"
#include "fibonaqi/base/suggest.hpp"
#include "fibonaqi/nn/network.hpp"

namespace fibonaqi::nn {

ReadoutSet readout_set_from(const std::string& name) {
    const std::map<std::string, ReadoutSet> sets{{"final", ReadoutSet::final_linear},
                                                 {"linear_readouts", ReadoutSet::linear_readouts},
                                                 {"readouts", ReadoutSet::readouts}};
    const auto found = sets.find(name);
    if (found == sets.end()) {
        throw ConfigError("last_layer '" + name + "' is unknown" +
                          suggestion(name, {"final", "linear_readouts", "readouts"}));
    }
    return found->second;
}

std::vector<at::Tensor> parameters_of(const Network& network, ReadoutSet set) {
    const auto parameters = network.parameters();
    std::vector<at::Tensor> found;
    for (const std::string& name : network.readout_weights(set)) {
        const auto parameter = std::find_if(parameters.begin(), parameters.end(),
                                            [&](const auto& known) { return known.first == name; });
        FIBONAQI_EXPECT(parameter != parameters.end());
        found.push_back(parameter->second);
    }
    return found;
}

ReadoutWeights::ReadoutWeights(std::vector<at::Tensor> replaced, const at::Tensor& copies,
                               const at::Tensor& graph)
    : replaced_(std::move(replaced)), copies_(copies), graph_(graph) {
    std::int64_t numbers = 0;
    for (const at::Tensor& parameter : replaced_) {
        numbers += parameter.numel();
    }
    FIBONAQI_EXPECT(copies.dim() == 2 && copies.size(1) == numbers);
}

bool ReadoutWeights::replaces(const at::Tensor& parameter) const {
    return std::any_of(replaced_.begin(), replaced_.end(),
                       [&](const at::Tensor& other) { return other.is_same(parameter); });
}

at::Tensor ReadoutWeights::of_atoms(const at::Tensor& parameter) const {
    std::int64_t begin = 0;
    for (const at::Tensor& other : replaced_) {
        if (other.is_same(parameter)) {
            return copies_.narrow(1, begin, parameter.numel()).index_select(0, graph_);
        }
        begin += other.numel();
    }
    return parameter.reshape({1, -1});
}

at::Tensor ReadoutWeights::times(const at::Tensor& x, const at::Tensor& weight, double scale) const {
    const std::int64_t in = x.size(1);
    if (!replaces(weight)) {
        return at::mm(x, weight.view({in, -1}) * scale);
    }
    const at::Tensor each = of_atoms(weight).view({x.size(0), in, -1}) * scale;
    return at::bmm(x.unsqueeze(1), each).squeeze(1);
}

}  // namespace fibonaqi::nn
