#include "fibonaqi/nn/averaged_weights.hpp"

#include <algorithm>

#include <ATen/core/grad_mode.h>

#include "fibonaqi/base/contract.hpp"

namespace fibonaqi::nn {

std::vector<at::Tensor> copies(const std::vector<at::Tensor>& tensors) {
    std::vector<at::Tensor> result;
    result.reserve(tensors.size());
    for (const at::Tensor& tensor : tensors) {
        result.push_back(tensor.detach().clone());
    }
    return result;
}

void assign(const std::vector<at::Tensor>& parameters, const std::vector<at::Tensor>& values) {
    FIBONAQI_EXPECT(parameters.size() == values.size());
    const at::NoGradGuard no_gradients;
    for (std::size_t i = 0; i < parameters.size(); ++i) {
        parameters[i].detach().copy_(values[i]);
    }
}

AveragedWeights::AveragedWeights(std::vector<at::Tensor> parameters, double decay,
                                 std::function<void()> follow)
    : parameters_(std::move(parameters)),
      averages_(copies(parameters_)),
      decay_(decay),
      follow_(std::move(follow)) {}

void AveragedWeights::assign_to_network(const std::vector<at::Tensor>& values) const {
    assign(parameters_, values);
    if (follow_) {
        follow_();
    }
}

void AveragedWeights::update() {
    const at::NoGradGuard no_gradients;
    steps_ += 1.0;
    const double decay = std::min(decay_, (1.0 + steps_) / (10.0 + steps_));
    for (std::size_t i = 0; i < parameters_.size(); ++i) {
        averages_[i].mul_(decay).add_(parameters_[i].detach(), 1.0 - decay);
    }
}

std::vector<at::Tensor> AveragedWeights::snapshot() const {
    return copies(averages_);
}

void AveragedWeights::restore(const std::vector<at::Tensor>& averages, double steps) {
    assign(averages_, averages);
    steps_ = steps;
}

AveragedWeights::Applied::Applied(AveragedWeights& weights)
    : weights_(weights), trained_(copies(weights.parameters_)) {
    weights_.assign_to_network(weights_.averages_);
}

AveragedWeights::Applied::~Applied() {
    weights_.assign_to_network(trained_);
}

}  // namespace fibonaqi::nn
