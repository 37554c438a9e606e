// The picks of one selection while it is made, and the rule by which the best row is found.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "fibonaqi/select/candidate_rows.hpp"

namespace fibonaqi {

/// The open row with the largest score above `floor`, or nothing. Scores within 1e-12 of the largest are ties
/// and the first of them is taken (the smallest id), so that rounding never decides.
std::optional<std::size_t> best_row(const std::vector<double>& scores, const std::vector<bool>& is_taken,
                                    double floor = 0.0);

/// Collects picks of `rows`; both arguments must outlive it.
class PickList {
  public:
    PickList(const CandidateRows& rows, const SelectionRequest& request);

    bool is_complete() const { return selection_.picks.size() >= batch_; }
    std::size_t size() const { return selection_.picks.size(); }
    /// How many are still to be chosen.
    std::size_t open() const { return is_complete() ? 0 : batch_ - size(); }
    const std::vector<bool>& is_taken() const { return is_taken_; }

    /// Takes a row by its score; `residual` as in Pick.
    void add(std::size_t row, double score, double residual = 1.0, double weight = 1.0);
    /// Takes a row by the fill policy.
    void add_fill(std::size_t row, double score, double residual);
    /// Takes open rows at random, keyed by `purpose`, until the batch is complete.
    void fill(std::string_view purpose, double residual = 1.0, double weight = 1.0);

    /// What was collected. `exhausted` is the reason when not all of it was chosen by score.
    Selection finish(SelectionReason exhausted = SelectionReason::scores_exhausted);

  private:
    void take(std::size_t row, Pick pick);

    const CandidateRows& rows_;
    const SelectionRequest& request_;
    std::size_t batch_;
    std::vector<bool> is_taken_;
    Selection selection_;
};

}  // namespace fibonaqi
