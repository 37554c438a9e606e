#include "fibonaqi/select/maxdist_selector.hpp"

#include "fibonaqi/select/centre_picks.hpp"
#include "fibonaqi/select/labelled_rows.hpp"

namespace fibonaqi {

Selection MaxDistSelector::select(const at::Tensor& features, const SelectionRequest& request) const {
    const CandidateRows rows = candidate_rows(features, request, options_);
    if (request.batch >= rows.size()) {
        return take_everything(rows, request.batch);
    }
    return centre_picks(rows, request, "maxdist fill", [](const auto& centres, const auto& is_taken) {
        return best_centre(distances_or_squares(centres), is_taken);
    });
}

}  // namespace fibonaqi
