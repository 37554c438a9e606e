// The frames of one step of training, and what the step says of them.
#pragma once

#include <cstdint>
#include <vector>

#include <ATen/ATen.h>

namespace fibonaqi::nn {

/// Positions in the training set, and a factor of each frame's loss: a step follows the mean over the frames
/// of weight * gradient. Factors other than 1 make that unbiased where a strategy draws some frames more
/// often than others.
struct TrainBatch {
    std::vector<std::uint64_t> frames;
    std::vector<double> weights;  ///< one per frame

    void add(std::uint64_t frame, double weight) {
        frames.push_back(frame);
        weights.push_back(weight);
    }
};

/// Losses before a step, and their gradients.
struct StepLoss {
    double mean = 0.0;           ///< over the frames, of weight * loss: what is minimised
    std::vector<double> frames;  ///< of each frame, without its weight
    double mean_atoms = 0.0;     ///< of the batch: what batch_atoms divides by
    /// Gradients of these losses with respect to the readouts, [n, d] float64, as loss_gradients() gives
    /// them; not finite where the weight is 0. Undefined unless the step was asked for them.
    at::Tensor rows;
};

}  // namespace fibonaqi::nn
