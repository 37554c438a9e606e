#include "fibonaqi/select/maxdiag_selector.hpp"

#include "fibonaqi/select/labelled_rows.hpp"
#include "fibonaqi/select/top_picks.hpp"

namespace fibonaqi {

Selection MaxDiagSelector::select(const at::Tensor& features, const SelectionRequest& request) const {
    const CandidateRows rows = candidate_rows(features, request, options_);
    if (request.batch >= rows.size()) {
        return take_everything(rows, request.batch);
    }
    return top_picks(rows, request, {to_host(row_squares(rows.features)), 0.0, "maxdiag fill"});
}

}  // namespace fibonaqi
