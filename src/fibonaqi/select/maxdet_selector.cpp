#include "fibonaqi/select/maxdet_selector.hpp"

#include "fibonaqi/select/labelled_rows.hpp"
#include "fibonaqi/select/pick_list.hpp"
#include "fibonaqi/select/posterior_variance.hpp"

namespace fibonaqi {

Selection MaxDetSelector::select(const at::Tensor& features, const SelectionRequest& request) const {
    const CandidateRows rows = candidate_rows(features, request, options_.labelled);
    if (request.batch >= rows.size()) {
        return take_everything(rows, request.batch);
    }
    PosteriorVariance variance(rows.features, rows.labelled, options_.sigma);
    PickList picks(rows, request);
    while (!picks.is_complete()) {
        const std::vector<double> scores = variance.values();
        const auto row = best_row(scores, picks.is_taken());
        if (!row) {
            break;
        }
        picks.add(*row, scores[*row]);
        variance.observe(static_cast<std::int64_t>(*row));
    }
    picks.fill("maxdet fill");
    Selection selection = picks.finish();
    selection.condition_number = variance.condition_number();
    return selection;
}

}  // namespace fibonaqi
