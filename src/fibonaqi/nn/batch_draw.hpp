// How training batches are drawn: by the superbatches and selectors that also choose frames for DFT.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <vector>

#include "fibonaqi/nn/labelled_set.hpp"
#include "fibonaqi/nn/network.hpp"
#include "fibonaqi/nn/train_options.hpp"
#include "fibonaqi/select/selector.hpp"
#include "fibonaqi/select/superbatch.hpp"

namespace fibonaqi::nn {

/// One epoch = superbatches that cover the training set once; from each, the selector takes a batch (from a
/// last smaller one the same share, at least one frame). Everything is keyed by (seed, epoch, frame).
class BatchDraw {
  public:
    /// Throws ConfigError for a batch / ratio that is no whole number, and for unknown selectors.
    BatchDraw(const TrainOptions& options, std::size_t frames);

    /// Positions in the training set.
    std::vector<std::vector<std::uint64_t>> superbatches(std::uint64_t epoch) const;

    /// The frames of one superbatch to train on. Where the selector looks at features, these are the
    /// gradients of the training loss at the network's *present* weights (not the averaged ones): what a step
    /// with the whole superbatch would follow. Frames with features that are not finite are never chosen;
    /// Error when that leaves none. Empty only where divbs, told to stop, finds that all gradients cancel.
    std::vector<std::uint64_t> choose(const Network& network, const LabelledSet& training,
                                      const std::vector<std::uint64_t>& superbatch, std::uint64_t epoch);

    /// Whose gradients are the features from now on; at first those of the loss before stage two.
    void follow(const LossOptions& loss) { loss_ = loss; }

    /// Training frame -> how often it was chosen so far; frames never chosen have 0.
    const std::vector<std::size_t>& times_chosen() const { return times_chosen_; }
    /// Spent on features and choices [s].
    double seconds() const { return seconds_; }
    /// Goes on from what times_chosen() and seconds() said.
    void restore(std::vector<std::size_t> times_chosen, double seconds);

  private:
    at::Tensor features(const Network& network, const LabelledSet& training,
                        const std::vector<std::uint64_t>& superbatch) const;

    const TrainOptions& options_;
    LossOptions loss_;
    SuperbatchSize size_;
    std::unique_ptr<Selector> selector_;
    std::vector<std::size_t> times_chosen_;
    double seconds_ = 0.0;
};

}  // namespace fibonaqi::nn
