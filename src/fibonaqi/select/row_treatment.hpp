// What is done to rows of features before a selector sees them: blocks are put side by side, long rows are
// shortened, or all rows are brought to length 1.
#pragma once

#include <vector>

#include <ATen/ATen.h>

namespace fibonaqi {

struct RowOptions {
    /// One factor per block where there are several; empty: all 1. A block by itself is left as it is.
    std::vector<double> weights;
    bool is_normalised = false;  ///< rows to length 1: only directions count. Rows of zeros stay zeros
    /// Q in (0, 1): rows longer than the Q quantile of the lengths (interpolated linearly) are shortened to
    /// it, so that an outlier weighs no more than others; 0: none are. Not together with is_normalised.
    double clip_quantile = 0.0;
};

/// Made for one superbatch, whose lengths it knows; other rows (of labelled frames) are treated in the same
/// way, so that they can be compared. Rows with numbers that are not finite have no say in lengths and stay
/// not finite.
class RowTreatment {
  public:
    /// `blocks`: [n, d_k] each, the same n. With several blocks every one is divided by the root of the mean
    /// square of its rows' lengths in this superbatch and multiplied by its weight: without that the block
    /// with the largest unit would be the only one that counts. Contract: as many weights as blocks, or none.
    RowTreatment(const std::vector<at::Tensor>& blocks, const RowOptions& options);

    /// Rows [m, sum of d_k] float64 from blocks [m, d_k].
    at::Tensor apply(const std::vector<at::Tensor>& blocks) const;

  private:
    at::Tensor side_by_side(const std::vector<at::Tensor>& blocks) const;

    RowOptions options_;
    std::vector<double> factors_;  // one per block
    double longest_ = 0.0;         // that a clipped row may be
};

}  // namespace fibonaqi
