// The frames of one step of training, and what the step says of them.
#pragma once

#include <cstdint>
#include <vector>

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

/// Losses before a step.
struct StepLoss {
    double mean = 0.0;           ///< over the frames, of weight * loss: what is minimised
    std::vector<double> frames;  ///< of each frame, without its weight
};

}  // namespace fibonaqi::nn
