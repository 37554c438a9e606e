#include "fibonaqi/select/kmeanspp_selector.hpp"

#include "fibonaqi/select/centre_picks.hpp"
#include "fibonaqi/select/keyed_draw.hpp"
#include "fibonaqi/select/labelled_rows.hpp"

namespace fibonaqi {

Selection KmeansSelector::select(const at::Tensor& features, const SelectionRequest& request) const {
    const CandidateRows rows = candidate_rows(features, request, options_.labelled);
    if (request.batch >= rows.size()) {
        return take_everything(rows, request.batch);
    }
    KeyedDraw draw(rows.ids, {request.seed, "kmeanspp draw", request.cycle});
    const auto next = [&](const NearestCentre& centres,
                          const std::vector<bool>& is_taken) -> std::optional<CentreChoice> {
        const std::vector<double>& scores = distances_or_squares(centres);
        const bool is_first = centres.size() == 0;
        if (is_first && options_.first == KmeansFirst::largest) {
            return best_centre(scores, is_taken);
        }
        const auto row = draw(is_first ? std::vector<double>(rows.size(), 1.0) : scores);
        return row ? std::optional(CentreChoice{*row, scores[*row]}) : std::nullopt;
    };
    return centre_picks(rows, request, "kmeanspp fill", next);
}

}  // namespace fibonaqi
