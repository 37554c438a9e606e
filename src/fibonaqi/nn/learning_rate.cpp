#include "fibonaqi/nn/learning_rate.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace fibonaqi::nn {
namespace {

constexpr double least_improvement = 1e-4;  // relative; the default of torch's ReduceLROnPlateau

}  // namespace

LearningRate::LearningRate(const ScheduleOptions& options, std::size_t epochs)
    : options_(options), epochs_(static_cast<double>(epochs)) {}

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
            return options_.learning_rate * plateau_.scale;
        case ScheduleKind::exponential:
            return options_.learning_rate * std::pow(options_.decay, std::floor(progress));
        case ScheduleKind::cosine:
            break;
    }
    const double wave = 0.5 * (1.0 + std::cos(std::numbers::pi * std::clamp(progress / epochs_, 0.0, 1.0)));
    return options_.learning_rate * (options_.lowest_fraction + (1.0 - options_.lowest_fraction) * wave);
}

void LearningRate::report(double validation_loss) {
    if (validation_loss < plateau_.best * (1.0 - least_improvement)) {
        plateau_.best = validation_loss;
        plateau_.epochs_since_best = 0;
        return;
    }
    if (++plateau_.epochs_since_best > options_.plateau_patience) {
        plateau_.scale = std::max(plateau_.scale * options_.plateau_factor, options_.lowest_fraction);
        plateau_.epochs_since_best = 0;
    }
}

}  // namespace fibonaqi::nn
