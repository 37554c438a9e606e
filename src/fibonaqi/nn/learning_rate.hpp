// Learning-rate schedules. No LibTorch here.
#pragma once

#include <cstddef>
#include <limits>
#include <optional>

namespace fibonaqi::nn {

enum class ScheduleKind {
    constant,
    cosine,      ///< half a wave from the start to the end of the training
    plateau,     ///< a cut whenever the validation loss has stopped falling
    exponential  ///< a factor after every epoch
};

struct ScheduleOptions {
    ScheduleKind kind = ScheduleKind::plateau;
    double learning_rate = 1e-3;        ///< at the start
    std::size_t warmup_steps = 0;       ///< the rate rises linearly over these, whatever the kind
    double lowest_fraction = 0.0;       ///< cosine ends at, plateau never goes below, this part of it
    std::size_t plateau_patience = 10;  ///< epochs without a better validation loss before a cut
    double plateau_factor = 0.5;        ///< the cut
    double decay = 1.0;                 ///< of exponential: the factor
};

/// Gives the learning rate of each step. Deterministic; plateau depends on the losses reported so far. A loss
/// counts as better when it is lower by a ten-thousandth, as in torch's ReduceLROnPlateau.
class LearningRate {
  public:
    /// `epochs`: length of the cosine.
    LearningRate(const ScheduleOptions& options, std::size_t epochs);

    /// Rate of a step: `progress` counts epochs, fractions included, `step` all steps from 0.
    double at(double progress, std::size_t step) const;
    /// To be told after every epoch.
    void report(double validation_loss);
    /// From now on this rate, whatever the schedule: stage two. The rise over the first steps stays.
    void hold(double learning_rate) { held_ = learning_rate; }

    /// What plateau has seen so far.
    struct Plateau {
        double scale = 1.0;  ///< all cuts together
        double best = std::numeric_limits<double>::infinity();
        std::size_t epochs_since_best = 0;
    };
    const Plateau& plateau() const { return plateau_; }
    void restore(const Plateau& plateau) { plateau_ = plateau; }

  private:
    double scheduled(double progress) const;

    ScheduleOptions options_;
    double epochs_;
    Plateau plateau_;
    std::optional<double> held_;
};

}  // namespace fibonaqi::nn
