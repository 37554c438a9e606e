#include "fibonaqi/nn/readout.hpp"

#include <cmath>

#include "fibonaqi/nn/irreps_linear.hpp"
#include "fibonaqi/nn/radial.hpp"

namespace fibonaqi::nn {
namespace {

std::string name_of(int index, const std::string& part) {
    return "readouts." + std::to_string(index) + "." + part;
}

at::Tensor activated(const at::Tensor& values) {
    return at::silu(values) * normalised_silu;
}

}  // namespace

LinearReadout::LinearReadout(WeightReader& weights, const MaceOptions& options, int layer)
    : weight_(weights.parameter(name_of(layer, "linear.weight"), {options.channels},
                                {whole_matrix(options.channels, 1)})) {}

at::Tensor LinearReadout::evaluate(const at::Tensor& scalars) const {
    return mix_channels(scalars, weight_).squeeze(1);
}

LastReadout::LastReadout(WeightReader& weights, const MaceOptions& options, int index)
    : kind_(options.readout),
      name_(name_of(index, kind_ == ReadoutKind::linear ? "linear.weight" : "linear_2.weight")) {
    const std::int64_t width = options.readout_width;
    if (kind_ != ReadoutKind::linear) {
        first_ = weights.parameter(name_of(index, "linear_1.weight"), {options.channels * width},
                                   {whole_matrix(options.channels, width)});
    }
    if (kind_ == ReadoutKind::nonlinear_bias) {
        middle_ = weights.parameter(name_of(index, "linear_mid.weight"), {width * width},
                                    {whole_matrix(width, width)});
        middle_bias_ = weights.parameter(name_of(index, "linear_mid.bias"), {width});
    }
    last_ = weights.parameter(name_, {width}, {whole_matrix(width, 1)});
    if (kind_ == ReadoutKind::nonlinear_bias) {
        last_bias_ = weights.parameter(name_of(index, "linear_2.bias"), {1});
    }
}

at::Tensor LastReadout::hidden(const at::Tensor& scalars) const {
    at::Tensor values = scalars;
    if (first_.defined()) {
        values = activated(mix_channels(values, first_));
    }
    if (middle_.defined()) {
        values = activated(mix_channels(values, middle_) + middle_bias_);
    }
    return values * (1.0 / std::sqrt(static_cast<double>(last_.size(0))));
}

}  // namespace fibonaqi::nn
