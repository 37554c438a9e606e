#include "fibonaqi/nn/adam.hpp"

#include <cmath>

#include <ATen/core/grad_mode.h>

#include "fibonaqi/base/contract.hpp"

namespace fibonaqi::nn {
namespace {

constexpr double mean_decay = 0.9;
constexpr double square_decay = 0.999;
constexpr double smallest_denominator = 1e-8;

// Keeps a gradient that is a hair longer than the limit from being scaled by more than 1, as torch does.
constexpr double clip_margin = 1e-6;

}  // namespace

Adam::Adam(std::vector<at::Tensor> parameters, AdamOptions options)
    : parameters_(std::move(parameters)), states_(parameters_.size()), options_(std::move(options)) {
    if (options_.decays.empty()) {
        options_.decays.assign(parameters_.size(), true);
    }
    FIBONAQI_EXPECT(options_.decays.size() == parameters_.size());
    for (std::size_t i = 0; i < parameters_.size(); ++i) {
        const at::Tensor zeros = at::zeros_like(parameters_[i].detach());
        states_[i] = {zeros, zeros.clone(), zeros.clone(), 0};
    }
}

void Adam::step(const std::vector<at::Tensor>& gradients, double learning_rate) {
    FIBONAQI_EXPECT(gradients.size() == parameters_.size());
    const at::NoGradGuard no_gradients;
    for (std::size_t i = 0; i < parameters_.size(); ++i) {
        if (!gradients[i].defined()) {
            continue;
        }
        at::Tensor weights = parameters_[i].detach();
        const bool must_decay = options_.decays[i] && options_.weight_decay != 0.0;
        const at::Tensor gradient =
            must_decay ? gradients[i].add(weights, options_.weight_decay) : gradients[i];
        State& state = states_[i];
        const double steps = static_cast<double>(++state.steps);
        state.mean.mul_(mean_decay).add_(gradient, 1.0 - mean_decay);
        state.square.mul_(square_decay).addcmul_(gradient, gradient, 1.0 - square_decay);
        if (options_.amsgrad) {
            at::maximum_out(state.largest_square, state.largest_square, state.square);
        }
        const at::Tensor& square = options_.amsgrad ? state.largest_square : state.square;
        const double correction = std::sqrt(1.0 - std::pow(square_decay, steps));
        const at::Tensor denominator = square.sqrt().div_(correction).add_(smallest_denominator);
        weights.addcdiv_(state.mean, denominator, -learning_rate / (1.0 - std::pow(mean_decay, steps)));
    }
}

void Adam::restore(std::vector<State> states) {
    FIBONAQI_EXPECT(states.size() == parameters_.size());
    states_ = std::move(states);
}

double gradient_norm(const std::vector<at::Tensor>& gradients) {
    double squares = 0.0;
    for (const at::Tensor& gradient : gradients) {
        if (gradient.defined()) {
            const double norm = at::linalg_vector_norm(gradient).item<double>();
            squares += norm * norm;
        }
    }
    return std::sqrt(squares);
}

std::vector<at::Tensor> clipped(std::vector<at::Tensor> gradients, double norm, double longest) {
    if (longest == 0.0 || norm <= longest) {
        return gradients;
    }
    for (at::Tensor& gradient : gradients) {
        if (gradient.defined()) {
            gradient = gradient * (longest / (norm + clip_margin));
        }
    }
    return gradients;
}

}  // namespace fibonaqi::nn
