// Features of the frames of a superbatch in a training: gradients of its loss, computed for every choice, or
// kept for some epochs.
#pragma once

#include <cstdint>
#include <vector>

#include <ATen/ATen.h>

#include "fibonaqi/nn/batch_options.hpp"
#include "fibonaqi/nn/labelled_set.hpp"
#include "fibonaqi/nn/loss_options.hpp"
#include "fibonaqi/nn/network.hpp"

namespace fibonaqi::nn {

/// Where rows are kept for k epochs, 1/k of them, drawn by frame, is computed anew in each, so that in the
/// course of a training a row is (k - 1) / 2 epochs old on average and k - 1 at most; all are computed when
/// they are first needed. Rows of one choice then belong to weights of different age; with batch_atoms their
/// mean is taken over the training set, not the superbatch.
class BatchFeatures {
  public:
    BatchFeatures(const BatchSelection& options, std::uint64_t seed, std::size_t frames);

    /// Treated rows [n, d] float64 of these frames, in their order. What has to be computed is computed at
    /// the network's present weights.
    at::Tensor of(const std::vector<std::uint64_t>& frames, const Network& network,
                  const LabelledSet& training, const LossOptions& loss, std::uint64_t epoch);

    /// What is minimised has changed: no row is known any more.
    void forget();

    /// For checkpoints: rows [N, d] as they were computed, undefined before there are any or where none are
    /// kept; and the epoch in which each was, 0 for never.
    const at::Tensor& rows() const { return rows_; }
    const std::vector<std::uint64_t>& epochs() const { return epochs_; }
    void restore(const at::Tensor& rows, std::vector<std::uint64_t> epochs);

  private:
    void renew(const std::vector<std::uint64_t>& frames, const Network& network, const LabelledSet& training,
               LossOptions loss, std::uint64_t epoch);
    bool is_due(std::uint64_t frame, std::uint64_t epoch) const;
    at::Tensor raw(const std::vector<std::uint64_t>& frames, const Network& network,
                   const LabelledSet& training, const LossOptions& loss) const;

    RowMaking options_;
    std::vector<std::uint64_t> phases_;  // in which epochs, modulo k, a frame's row is computed anew
    std::vector<std::uint64_t> epochs_;
    at::Tensor rows_;
};

}  // namespace fibonaqi::nn
