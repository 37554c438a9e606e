#include "fibonaqi/nn/readout.hpp"

#include <cmath>

#include "fibonaqi/nn/radial.hpp"

namespace fibonaqi::nn {
namespace {

std::string name_of(int index, const std::string& part) {
    return "readouts." + std::to_string(index) + "." + part;
}

// x W / sqrt(C), as mix_channels.
at::Tensor mixed(const at::Tensor& x, const at::Tensor& weight, const ReadoutWeights& weights) {
    return weights.times(x, weight, 1.0 / std::sqrt(static_cast<double>(x.size(1))));
}

at::Tensor activated(const at::Tensor& values) {
    return at::silu(values) * normalised_silu;
}

}  // namespace

LinearReadout::LinearReadout(WeightReader& weights, const MaceOptions& options, int layer)
    : name_(name_of(layer, "linear.weight")),
      weight_(weights.parameter(name_, {options.channels}, {whole_matrix(options.channels, 1)})) {}

at::Tensor LinearReadout::evaluate(const at::Tensor& scalars, const ReadoutWeights& weights) const {
    return mixed(scalars, weight_, weights).squeeze(1);
}

LastReadout::LastReadout(WeightReader& weights, const MaceOptions& options, int index)
    : kind_(options.readout),
      index_(index),
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

std::vector<std::string> LastReadout::all_names() const {
    switch (kind_) {
        case ReadoutKind::linear:
            return {name_};
        case ReadoutKind::nonlinear:
            return {name_of(index_, "linear_1.weight"), name_};
        case ReadoutKind::nonlinear_bias:
            break;
    }
    return {name_of(index_, "linear_1.weight"), name_of(index_, "linear_mid.weight"),
            name_of(index_, "linear_mid.bias"), name_, name_of(index_, "linear_2.bias")};
}

at::Tensor LastReadout::hidden(const at::Tensor& scalars, const ReadoutWeights& weights) const {
    at::Tensor values = scalars;
    if (first_.defined()) {
        values = activated(mixed(values, first_, weights));
    }
    if (middle_.defined()) {
        values = activated(mixed(values, middle_, weights) + weights.of_atoms(middle_bias_));
    }
    return values * (1.0 / std::sqrt(static_cast<double>(last_.size(0))));
}

}  // namespace fibonaqi::nn
