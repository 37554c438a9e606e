// Where the feature rows of a superbatch come from: a stored matrix, or a model and frames.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include <ATen/ATen.h>

#include "fibonaqi/base/json.hpp"

#include "workflows/worker/frame_scores.hpp"
#include "workflows/worker/sources.hpp"

namespace fibonaqi::worker {

/// What a selection will ask for.
struct RowNeeds {
    bool features = true;                ///< rows; else they are empty [n, 0]
    bool labelled = false;               ///< rows of the task's "labelled"
    std::optional<ScoreOptions> scores;  ///< to be computed
};

/// n samples with ids 0..n-1.
class RowSource {
  public:
    virtual ~RowSource() = default;
    virtual std::size_t size() const = 0;
    /// Rows of these samples, in their order; `superbatch` counts from 0.
    virtual at::Tensor rows(const std::vector<std::uint64_t>& ids, std::size_t superbatch) = 0;
    /// Scores of these samples as candidates of the superbatch; none where none are to be computed.
    virtual FrameScores scores(const std::vector<std::uint64_t>& ids, std::size_t superbatch) = 0;
    /// Rows of the frames of the task's "labelled", as if they were candidates of this superbatch: the same
    /// model, scales and, with pseudo labels, the same draw. Contract: there are such frames, and rows() of
    /// this superbatch were the last ones.
    virtual at::Tensor labelled_rows(std::size_t superbatch) = 0;
    /// A sample's row, before anything is done to rows, as a sum over its atoms: [N, d]
    /// (nn/atom_gradients.hpp). Empty for features that are no such sum. Contract: the rows are computed.
    virtual std::optional<at::Tensor> atom_rows(std::uint64_t id, std::size_t superbatch) = 0;
    /// The frames behind the samples, or null.
    virtual const FrameSet* frames() const = 0;
    /// Predicted uncertainty of these samples; empty where there is neither posterior nor committee.
    virtual std::vector<FrameSpread> spread(const std::vector<std::uint64_t>& ids) const = 0;
    /// How pseudo labels were made, or null.
    virtual Json pseudo_labels() const = 0;
};

/// From the keys of a select task. Where neither features nor scores are needed no model is loaded. Throws
/// ConfigError for keys that contradict each other.
std::unique_ptr<RowSource> make_row_source(const Json& task, const RowNeeds& needs);

}  // namespace fibonaqi::worker
