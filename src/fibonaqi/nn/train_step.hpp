// One step of training: loss of a batch, its gradient, a step of the optimiser.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include <ATen/ATen.h>

#include "fibonaqi/nn/adam.hpp"
#include "fibonaqi/nn/averaged_weights.hpp"
#include "fibonaqi/nn/labelled_set.hpp"
#include "fibonaqi/nn/network.hpp"
#include "fibonaqi/nn/parametrisation.hpp"
#include "fibonaqi/nn/readout_weights.hpp"
#include "fibonaqi/nn/train_batch.hpp"
#include "fibonaqi/nn/train_options.hpp"

namespace fibonaqi::nn {

/// Owns what is trained (Parametrisation), the optimiser and the averages; network, set and options must
/// outlive it. Minimises the loss before stage two until it is told otherwise. Where selection has a student,
/// steps give it the gradients of their frames, which cost nothing beside those of all weights.
class TrainStep {
  public:
    /// Throws as Parametrisation.
    TrainStep(Network& network, const LabelledSet& training, const TrainOptions& options);

    /// Moves the weights along the gradient of the mean weighted loss of these frames, clipped, and the
    /// average after them. Returns the losses before the step. Throws Error naming the frames (by
    /// frame_number) when loss or gradient is not finite; the weights, their average and Adam are then as
    /// before.
    StepLoss run(const TrainBatch& batch, double learning_rate);

    /// What is minimised from now on; its mean_atoms is that of each batch. Moments and averages stay.
    void minimise(const LossOptions& loss) { loss_ = loss; }

    AveragedWeights& averages() { return averages_; }
    Adam& optimiser() { return adam_; }
    const Parametrisation& parametrisation() const { return parametrisation_; }

  private:
    /// Adds the gradients of one piece of the batch, which has `frames` frames in all, and its losses.
    void add_gradients(const TrainBatch& piece, const LossOptions& loss, std::size_t frames, StepLoss& sum);

    Network& network_;
    const LabelledSet& training_;
    const TrainOptions& options_;
    LossOptions loss_;
    std::optional<ReadoutSet> rows_of_;  // whose gradients a step gives frame by frame
    Parametrisation parametrisation_;
    std::vector<at::Tensor> gradients_;  // of the network's weights that follow
    Adam adam_;
    AveragedWeights averages_;
};

}  // namespace fibonaqi::nn
