// Features of the frames of a superbatch in a training: gradients of its loss, computed for every choice,
// kept for some epochs, or predicted by a student.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include <ATen/ATen.h>

#include "fibonaqi/nn/batch_options.hpp"
#include "fibonaqi/nn/labelled_set.hpp"
#include "fibonaqi/nn/loss_options.hpp"
#include "fibonaqi/nn/network.hpp"
#include "fibonaqi/nn/train_batch.hpp"
#include "fibonaqi/select/row_student.hpp"

namespace fibonaqi::nn {

/// What gradients are computed from; alive during a call.
struct GradientSource {
    const Network& network;  ///< at its present weights
    const LabelledSet& training;
    const LossOptions& loss;
    std::uint64_t epoch;
};

/// Where rows are kept for k epochs, 1/k of them, drawn by frame, is computed anew in each, so that in the
/// course of a training a row is (k - 1) / 2 epochs old on average and k - 1 at most; all are computed when
/// they are first needed. Where a student predicts them, some of every superbatch are computed and corrected
/// by, those whose rows are oldest. Rows of one choice then belong to weights of different age; with
/// batch_atoms their mean is taken over the training set, not the superbatch. In an epoch a frame is in one
/// superbatch.
class BatchFeatures {
  public:
    BatchFeatures(const BatchSelection& options, std::uint64_t seed, std::size_t frames);

    /// Treated rows [n, d] float64 of these frames, in their order, `batch` of which will be chosen. What has
    /// to be computed is computed at the network's present weights.
    at::Tensor of(const std::vector<std::uint64_t>& frames, std::size_t batch, const GradientSource& source);

    /// The same with gradients at the present weights of all of them, after of() has seen these frames. Needs
    /// kept rows or a student.
    at::Tensor exact(const std::vector<std::uint64_t>& frames, const GradientSource& source);

    /// What a training step found, at the weights of the last choice, of its first frames. A student learns
    /// from it where the step's rows mean what its own do: not where frames have different numbers of atoms
    /// and the loss divides by their mean.
    void note(const std::vector<std::uint64_t>& frames, const StepLoss& found, const LabelledSet& training,
              ForceNormalisation normalisation, std::uint64_t epoch);

    /// What is minimised has changed: no row is known any more.
    void forget();

    /// How many gradients were computed so far; not part of a checkpoint.
    std::size_t computed() const { return computed_; }

    /// For checkpoints: rows [N, d] as they were computed last, then the state of the student; empty before
    /// there are any or where none are kept. And the epoch in which each row was computed, 0 for never.
    std::vector<at::Tensor> tensors() const;
    const std::vector<std::uint64_t>& epochs() const { return epochs_; }
    void restore(const std::vector<at::Tensor>& tensors, std::vector<std::uint64_t> epochs);

  private:
    bool has_student() const { return options_.student > 0.0; }
    bool is_due(std::uint64_t frame, std::uint64_t epoch) const;
    std::vector<std::uint64_t> oldest(const std::vector<std::uint64_t>& frames, std::size_t count,
                                      std::uint64_t epoch) const;
    void renew(const std::vector<std::uint64_t>& frames, const GradientSource& source);
    at::Tensor predicted(const std::vector<std::uint64_t>& frames, std::size_t batch,
                         const GradientSource& source);
    void remember(const std::vector<std::uint64_t>& frames, const at::Tensor& rows, std::uint64_t epoch);
    double mean_atoms_of_all(const LabelledSet& training) const;
    at::Tensor known(const std::vector<std::uint64_t>& frames) const;
    at::Tensor treated(const at::Tensor& rows) const;
    at::Tensor raw(const std::vector<std::uint64_t>& frames, const GradientSource& source);

    RowMaking options_;
    std::uint64_t seed_;
    std::vector<std::uint64_t> phases_;  // in which epochs, modulo k, a frame's row is computed anew
    std::vector<std::uint64_t> epochs_;
    at::Tensor rows_;
    std::optional<RowStudent> student_;
    std::size_t computed_ = 0;
};

}  // namespace fibonaqi::nn
