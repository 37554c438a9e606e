// How training batches are drawn: by the superbatches and selectors that also choose frames for DFT.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <vector>

#include "fibonaqi/nn/batch_features.hpp"
#include "fibonaqi/nn/known_losses.hpp"
#include "fibonaqi/nn/labelled_set.hpp"
#include "fibonaqi/nn/network.hpp"
#include "fibonaqi/nn/train_batch.hpp"
#include "fibonaqi/nn/train_options.hpp"
#include "fibonaqi/select/selector.hpp"
#include "fibonaqi/select/superbatch.hpp"

namespace fibonaqi::nn {

struct Checkpoint;

/// What selection met in the superbatches of one epoch; all 0 where neither features nor losses were looked
/// at.
struct SelectionRecord {
    std::size_t superbatches = 0;
    std::size_t exhausted = 0;  ///< superbatches whose mean gradient was spanned before the batch was full
    std::size_t filled = 0;     ///< frames that were taken to fill such batches
    std::size_t rejected = 0;   ///< frames whose gradient or loss is not finite
    std::size_t outliers = 0;   ///< frames whose gradient is ten times as long as the superbatch's median
    double largest_condition = 0.0;  ///< condition number of the chosen rows
    std::size_t gradients = 0;       ///< how many were computed
};

/// One epoch = superbatches that cover the training set once; from each, the selector takes a batch (from a
/// last smaller one the same share, at least one frame). Everything is keyed by (seed, epoch, frame).
class BatchDraw {
  public:
    /// `reference_losses`: one per frame where the strategy goes by those of another model, else empty.
    /// Throws ConfigError for a batch / ratio that is no whole number, for unknown selectors, and where
    /// reference losses are missing.
    BatchDraw(const TrainOptions& options, std::size_t frames, std::vector<double> reference_losses = {});

    /// Positions in the training set.
    std::vector<std::vector<std::uint64_t>> superbatches(std::uint64_t epoch) const;

    /// Before the first superbatch of an epoch: stored losses are computed anew where that is due.
    void begin_epoch(const Network& network, const LabelledSet& training, std::uint64_t epoch);

    /// The frames of one superbatch to train on, with the weights that the selector gives them. Where the
    /// selector looks at features, these are the gradients of the training loss at the network's *present*
    /// weights (not the averaged ones): what a step with the whole superbatch would follow, or, where they
    /// are kept or predicted, what is known of them. Frames with features that are not finite are never
    /// chosen; Error when that leaves none. Empty only where divbs, told to stop, finds that all gradients
    /// cancel.
    TrainBatch choose(const Network& network, const LabelledSet& training,
                      const std::vector<std::uint64_t>& superbatch, std::uint64_t epoch);

    /// What a step in this epoch found of these frames of the training set, which come first in its batch.
    void note_step(const std::vector<std::uint64_t>& frames, const StepLoss& found,
                   const LabelledSet& training, std::uint64_t epoch);

    /// Whose gradients and values are looked at from now on; at first those of the loss before stage two.
    void follow(const LossOptions& loss);

    /// Of the epoch that is going on.
    const SelectionRecord& record() const { return record_; }
    /// Begins another epoch's, or goes on with one from before.
    void set_record(const SelectionRecord& record) { record_ = record; }

    /// Training frame -> how often it was chosen so far; frames never chosen have 0.
    const std::vector<std::size_t>& times_chosen() const { return times_chosen_; }
    /// Spent on features and choices [s].
    double seconds() const { return seconds_; }
    /// See KnownLosses.
    const std::vector<double>& stored_losses() const { return losses_.stored(); }

    /// Puts all that a resumed training must know into a checkpoint (key and tensor group "draw"), and goes
    /// on from there.
    void save(Checkpoint& checkpoint) const;
    void restore(const Checkpoint& checkpoint);

  private:
    TrainBatch select(SelectionRequest& request, const Network& network, const LabelledSet& training);
    at::Tensor rows_for(SelectionRequest& request, const GradientSource& source);
    void give_scores(SelectionRequest& request, const Network& network, const LabelledSet& training) const;

    SuperbatchSize size(std::uint64_t epoch) const;
    void note(const Selection& selection);
    void note_lengths(const at::Tensor& features);

    const TrainOptions& options_;
    LossOptions loss_;
    std::unique_ptr<Selector> selector_;
    KnownLosses losses_;
    BatchFeatures features_;
    std::vector<double> reference_losses_;
    SelectionRecord record_;
    std::vector<std::size_t> times_chosen_;
    double seconds_ = 0.0;
};

}  // namespace fibonaqi::nn
