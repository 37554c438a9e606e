#include "fibonaqi/select/divbs_selector.hpp"

#include <algorithm>
#include <cmath>
#include <optional>

#include "fibonaqi/select/candidate_rows.hpp"
#include "fibonaqi/select/keyed_draw.hpp"
#include "fibonaqi/select/orthogonal_pursuit.hpp"
#include "fibonaqi/select/pick_list.hpp"

namespace fibonaqi {
namespace {

// Power of two near the largest entry where squares would come near overflow or underflow: dividing by it is
// exact. Elsewhere 1, and the rows are not copied.
double scale_of(const at::Tensor& features) {
    if (features.numel() == 0) {
        return 1.0;
    }
    const auto [least, most] = at::aminmax(features);
    const double largest = std::max(-least.item<double>(), most.item<double>());
    const bool is_harmless = largest == 0.0 || (largest > 1e-60 && largest < 1e60);
    return is_harmless ? 1.0 : std::exp2(std::floor(std::log2(largest)));
}

// One selection in the making.
class Run {
  public:
    Run(const CandidateRows& rows, const SelectionRequest& request, const DivbsOptions& options)
        : options_(options),
          scale_(scale_of(rows.features)),
          scaled_(scale_ == 1.0 ? rows.features : rows.features / scale_),
          picks_(rows, request) {
        if (options.pick == DivbsPick::draw) {
            draw_.emplace(rows.ids, OrderKey{request.seed, "divbs draw", request.cycle});
        }
    }

    Selection finish() {
        pursue(false);
        if (options_.fill == DivbsFill::restart) {
            while (!picks_.is_complete() && pursue(true) > 0) {
            }
        }
        if (options_.fill != DivbsFill::stop) {
            picks_.fill("divbs fill", residual_);
        }
        Selection selection = picks_.finish(SelectionReason::residual_exhausted);
        selection.condition_number = condition_number_;
        return selection;
    }

  private:
    struct Choice {
        std::size_t row;
        double score;
    };

    // Picks by score until the batch is complete or the residual is spent; returns how many were picked.
    std::size_t pursue(bool is_restart) {
        std::vector<bool> is_closed(picks_.is_taken());
        std::vector<bool> alive(is_closed);
        alive.flip();
        OrthogonalPursuit pursuit(scaled_, alive);
        const std::size_t before = picks_.size();
        while (!picks_.is_complete()) {
            const std::optional<Choice> next = draw_ ? draw(pursuit, is_closed) : largest(pursuit, is_closed);
            if (!next) {
                break;
            }
            is_closed[next->row] = true;
            if (pursuit.take(static_cast<std::int64_t>(next->row))) {
                add(next->row, next->score * scale_ * scale_, pursuit, is_restart);
            }
        }
        if (!is_restart) {
            condition_number_ = pursuit.condition_number();
        }
        return picks_.size() - before;
    }

    // Few rows can win a draw, and only their weights are computed.
    std::optional<Choice> draw(const OrthogonalPursuit& pursuit, const std::vector<bool>& is_closed) {
        const auto row = draw_->bounded(pursuit.weight_bounds(is_closed),
                                        [&](std::size_t other) { return pursuit.weight(other); });
        return row ? std::optional(Choice{*row, pursuit.weight(*row)}) : std::nullopt;
    }

    std::optional<Choice> largest(OrthogonalPursuit& pursuit, const std::vector<bool>& is_closed) const {
        std::vector<double> score = pursuit.weights();
        if (options_.pick == DivbsPick::ols) {
            const std::vector<double> part = pursuit.independent_parts();
            const std::vector<double>& square = pursuit.independent_squares();
            for (std::size_t row = 0; row < score.size(); ++row) {
                score[row] = part[row] > 0.0 ? score[row] * score[row] / square[row] : 0.0;
            }
        }
        const auto row = best_row(score, is_closed);
        return row ? std::optional(Choice{*row, score[*row]}) : std::nullopt;
    }

    void add(std::size_t row, double score, const OrthogonalPursuit& pursuit, bool is_restart) {
        if (is_restart) {
            picks_.add_fill(row, score, residual_);
        } else {
            residual_ = pursuit.relative_residual();
            picks_.add(row, score, residual_);
        }
    }

    const DivbsOptions& options_;
    double scale_;
    at::Tensor scaled_;
    PickList picks_;
    std::optional<KeyedDraw> draw_;
    double residual_ = 1.0;  // before the first pick
    double condition_number_ = 0.0;
};

}  // namespace

Selection DivbsSelector::select(const at::Tensor& features, const SelectionRequest& request) const {
    const CandidateRows rows = candidate_rows(features, request);
    if (request.batch >= rows.size()) {
        return take_everything(rows, request.batch);
    }
    return Run(rows, request, options_).finish();
}

}  // namespace fibonaqi
