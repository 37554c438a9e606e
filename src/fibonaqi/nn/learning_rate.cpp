#include "fibonaqi/nn/learning_rate.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

namespace fibonaqi::nn {
namespace {

constexpr double least_improvement = 1e-4;  // relative; the default of torch's ReduceLROnPlateau

}  // namespace

LearningRate::LearningRate(const ScheduleOptions& options, std::size_t epochs)
    : options_(options),
      epochs_(static_cast<double>(epochs)),
      best_(std::numeric_limits<double>::infinity()) {}

double LearningRate::at(double progress, std::size_t step) const {
    const double rising = static_cast<double>(step + 1) / static_cast<double>(options_.warmup_steps + 1);
    return scheduled(progress) * std::min(1.0, rising);
}

double LearningRate::scheduled(double progress) const {
    if (held_) {
        return *held_;
    }
    switch (options_.kind) {
        case ScheduleKind::constant:
            return options_.learning_rate;
        case ScheduleKind::plateau:
            return options_.learning_rate * plateau_scale_;
        case ScheduleKind::exponential:
            return options_.learning_rate * std::pow(options_.decay, std::floor(progress));
        case ScheduleKind::cosine:
            break;
    }
    const double wave = 0.5 * (1.0 + std::cos(std::numbers::pi * std::clamp(progress / epochs_, 0.0, 1.0)));
    return options_.learning_rate * (options_.lowest_fraction + (1.0 - options_.lowest_fraction) * wave);
}

void LearningRate::report(double validation_loss) {
    if (validation_loss < best_ * (1.0 - least_improvement)) {
        best_ = validation_loss;
        epochs_since_best_ = 0;
        return;
    }
    if (++epochs_since_best_ > options_.plateau_patience) {
        plateau_scale_ = std::max(plateau_scale_ * options_.plateau_factor, options_.lowest_fraction);
        epochs_since_best_ = 0;
    }
}

}  // namespace fibonaqi::nn
