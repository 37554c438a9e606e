// Frames and a network that batches are drawn for.
#pragma once

#include <gtest/gtest.h>

#include "fibonaqi/nn/batch_draw.hpp"

#include "tests/unit/nn/training_frames.hpp"

namespace fibonaqi::test {

inline constexpr std::size_t frame_count = 23;

class Draws : public testing::Test {
  public:
    using Ids = std::vector<std::uint64_t>;

  protected:
    Draws()
        : frames_(labelled_frames_of(network_, frame_count, 0.3)),
          set_(nn::make_labelled_set(frames_, network_.card(), {}, "training")) {}

    /// The batches of an epoch, chosen by `network` (null: network_).
    std::vector<Ids> epoch_of(nn::BatchDraw& draw, std::uint64_t epoch,
                              const nn::Network* network = nullptr) {
        std::vector<Ids> batches;
        for (const Ids& superbatch : draw.superbatches(epoch)) {
            batches.push_back(draw.choose(network ? *network : network_, set_, superbatch, epoch).frames);
        }
        return batches;
    }

    ToyNetwork network_;
    std::vector<Frame> frames_;
    nn::LabelledSet set_;
};

}  // namespace fibonaqi::test
