#include "fibonaqi/nn/readout.hpp"

#include <cmath>

#include "fibonaqi/nn/linear.hpp"
#include "fibonaqi/nn/radial.hpp"

namespace fibonaqi::nn {
namespace {

std::string name_of(int layer, const std::string& part) {
    return "readouts." + std::to_string(layer) + "." + part + ".weight";
}

}  // namespace

LinearReadout::LinearReadout(WeightReader& weights, const MaceOptions& options, int layer)
    : weight_(weights.parameter(name_of(layer, "linear"), {options.channels})) {}

at::Tensor LinearReadout::evaluate(const at::Tensor& features) const {
    return mix_channels(features, weight_).squeeze(1);
}

LastReadout::LastReadout(WeightReader& weights, const MaceOptions& options, int layer)
    : name_(name_of(layer, "linear_2")),
      first_(weights.parameter(name_of(layer, "linear_1"), {options.channels * options.readout_width})),
      last_(weights.parameter(name_, {options.readout_width})) {}

at::Tensor LastReadout::hidden(const at::Tensor& features) const {
    const double width = static_cast<double>(last_.size(0));
    return at::silu(mix_channels(features, first_)) * (normalised_silu / std::sqrt(width));
}

}  // namespace fibonaqi::nn
