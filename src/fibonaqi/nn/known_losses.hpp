// Losses of the training frames for strategies that go by them: computed when they are asked for, or those
// that are known from when a frame was last trained on.
#pragma once

#include <cstdint>
#include <vector>

#include "fibonaqi/nn/batch_options.hpp"
#include "fibonaqi/nn/labelled_set.hpp"
#include "fibonaqi/nn/loss_options.hpp"
#include "fibonaqi/nn/network.hpp"

namespace fibonaqi::nn {

/// Stored losses are those of Loshchilov and Hutter (2016) and of InfoBatch: they cost nothing, and grow old.
/// They are kept by frame, not by rank, so that none is ever given to another frame. Frames that were not
/// trained on yet have the largest loss that is known (1 before there is any): they come first.
class KnownLosses {
  public:
    KnownLosses(LossSource source, std::size_t frames);

    /// Of these frames: fresh ones are computed with the network's present weights, about the cost of
    /// energies and forces each.
    std::vector<double> of(const std::vector<std::uint64_t>& frames, const Network& network,
                           const LabelledSet& training, const LossOptions& loss) const;

    /// What a step of training said: losses of frames before it.
    void note(const std::vector<std::uint64_t>& frames, const std::vector<double>& losses);

    /// Computes all stored losses anew; nothing where losses are always fresh.
    void refresh(const Network& network, const LabelledSet& training, const LossOptions& loss);

    /// What is minimised has changed: stored losses are unknown again.
    void forget();

    /// One per frame, NaN where none is known; empty where losses are always fresh.
    const std::vector<double>& stored() const { return stored_; }
    void restore(std::vector<double> stored);

  private:
    std::vector<double> stored_;
};

}  // namespace fibonaqi::nn
