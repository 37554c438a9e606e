#include "fibonaqi/select/frank_wolfe_selector.hpp"

#include <cmath>
#include <limits>

#include "fibonaqi/select/labelled_rows.hpp"
#include "fibonaqi/select/pick_list.hpp"

namespace fibonaqi {
namespace {

// Of |sum|^2: what is missing then is rounding.
constexpr double spent = 1e-28;
constexpr double lowest = -std::numeric_limits<double>::infinity();

class FrankWolfe {
  public:
    explicit FrankWolfe(const CandidateRows& rows)
        : rows_(rows.features), lengths_(row_squares(rows.features).sqrt()) {
        target_ = row_combination(rows_, at::ones_like(lengths_)) + rows.labelled.sum(0);
        target_square_ = target_.square().sum().item<double>();
        reached_ = at::zeros_like(target_);
        const at::Tensor labelled_lengths = row_squares(rows.labelled).sqrt();
        total_length_ = (lengths_.sum() + labelled_lengths.sum()).item<double>();
        for (std::int64_t row = 0; row < rows.labelled.size(0); ++row) {
            step_to(rows.labelled[row], labelled_lengths[row].item<double>());
        }
    }

    // Product of every row's direction with what is missing; minus infinity for rows without a direction.
    std::vector<double> scores() const {
        const at::Tensor products = row_products(rows_, target_ - reached_) / lengths_;
        return to_host(at::where(lengths_ > 0.0, products, at::full_like(products, lowest)));
    }

    void add(std::int64_t row) { step_to(rows_[row], lengths_[row].item<double>()); }

    double residual() const {
        return target_square_ == 0.0 ? 0.0
                                     : (target_ - reached_).square().sum().item<double>() / target_square_;
    }

  private:
    // Line search towards a corner of the polytope.
    void step_to(const at::Tensor& row, double length) {
        if (length == 0.0) {
            return;
        }
        const at::Tensor towards = row * (total_length_ / length) - reached_;
        const double square = towards.square().sum().item<double>();
        if (square > 0.0) {
            reached_ = reached_ + at::dot(towards, target_ - reached_) / square * towards;
        }
    }

    at::Tensor rows_, lengths_;
    at::Tensor target_, reached_;
    double target_square_ = 0.0, total_length_ = 0.0;
};

}  // namespace

Selection FrankWolfeSelector::select(const at::Tensor& features, const SelectionRequest& request) const {
    const CandidateRows rows = candidate_rows(features, request, options_);
    if (request.batch >= rows.size()) {
        return take_everything(rows, request.batch);
    }
    FrankWolfe search(rows);
    PickList picks(rows, request);
    while (!picks.is_complete() && search.residual() > spent) {
        const std::vector<double> scores = search.scores();
        const auto row = best_row(scores, picks.is_taken(), lowest);
        if (!row) {
            break;
        }
        search.add(static_cast<std::int64_t>(*row));
        picks.add(*row, scores[*row], search.residual());
    }
    picks.fill("frank_wolfe fill", search.residual());
    return picks.finish(SelectionReason::residual_exhausted);
}

}  // namespace fibonaqi
