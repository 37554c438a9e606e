#include "fibonaqi/select/gradmatch_selector.hpp"

#include <map>

#include "fibonaqi/select/nonnegative_fit.hpp"
#include "fibonaqi/select/pick_list.hpp"

namespace fibonaqi {
namespace {

// g . rho below this part of |g| |mean| is rounding, as in DivBS.
constexpr double spent = 1e-12;
// Rows come and go, but every change lowers what is minimised, so the search ends; this bounds its time.
constexpr std::size_t most_steps_per_pick = 20;

struct Entry {
    double score, residual;
};

class Match {
  public:
    Match(const CandidateRows& rows, std::size_t batch, double relative_ridge)
        : rows_(rows.features),
          squares_(row_squares(rows.features)),
          mean_(row_combination(rows.features, at::ones_like(squares_)) / static_cast<double>(rows.size())),
          mean_square_(mean_.square().sum().item<double>()),
          batch_(batch),
          fit_(rows_, mean_, relative_ridge * squares_.mean().item<double>()),
          is_closed_(rows.size(), false) {}

    const NonnegativeFit& run() {
        for (std::size_t step = 0; step < most_steps_per_pick * batch_ && fit_.rows_in().size() < batch_;
             ++step) {
            const std::vector<double> scores = products();
            const auto row = best_row(scores, is_closed_);
            if (!row) {
                break;
            }
            if (fit_.offer(static_cast<std::int64_t>(*row))) {
                entries_[*row] = {scores[*row], residual()};
            } else {
                is_closed_[*row] = true;
            }
        }
        return fit_;
    }

    const Entry& entry(std::size_t row) const { return entries_.at(row); }
    double residual() const {
        return mean_square_ == 0.0 ? 0.0 : fit_.residual().square().sum().item<double>() / mean_square_;
    }

  private:
    // g . rho; 0 for rows that are in and for rounding.
    std::vector<double> products() const {
        const at::Tensor product = row_products(rows_, fit_.residual());
        const at::Tensor rounding = spent * at::sqrt(squares_ * mean_square_);
        std::vector<double> scores = to_host(at::where(product > rounding, product, at::zeros_like(product)));
        for (const std::int64_t row : fit_.rows_in()) {
            scores[static_cast<std::size_t>(row)] = 0.0;
        }
        return scores;
    }

    at::Tensor rows_, squares_, mean_;
    double mean_square_;
    std::size_t batch_;
    NonnegativeFit fit_;
    std::vector<bool> is_closed_;
    std::map<std::size_t, Entry> entries_;
};

}  // namespace

Selection GradMatchSelector::select(const at::Tensor& features, const SelectionRequest& request) const {
    const CandidateRows rows = candidate_rows(features, request);
    if (request.batch >= rows.size()) {
        return take_everything(rows, request.batch);
    }
    Match match(rows, request.batch, options_.ridge);
    const NonnegativeFit& fit = match.run();
    PickList picks(rows, request);
    for (std::size_t i = 0; i < fit.rows_in().size(); ++i) {
        const auto row = static_cast<std::size_t>(fit.rows_in()[i]);
        const Entry& entry = match.entry(row);
        picks.add(row, entry.score, entry.residual, static_cast<double>(request.batch) * fit.weights()[i]);
    }
    if (options_.fill == GradMatchFill::uniform) {
        picks.fill("gradmatch fill", match.residual(), 0.0);
    }
    return picks.finish(SelectionReason::residual_exhausted);
}

}  // namespace fibonaqi
