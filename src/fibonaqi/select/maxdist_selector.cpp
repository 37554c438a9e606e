#include "fibonaqi/select/maxdist_selector.hpp"

#include "fibonaqi/select/nearest_centre.hpp"
#include "fibonaqi/select/pick_list.hpp"

namespace fibonaqi {

Selection MaxDistSelector::select(const at::Tensor& features, const SelectionRequest& request) const {
    const CandidateRows rows = candidate_rows(features, request, options_);
    if (request.batch >= rows.size()) {
        return take_everything(rows, request.batch);
    }
    NearestCentre centres(rows.features);
    centres.add_all(rows.labelled);
    PickList picks(rows, request);
    while (!picks.is_complete()) {
        const std::vector<double> scores = centres.size() == 0 ? centres.squares() : centres.distances();
        const auto row = best_row(scores, picks.is_taken());
        if (!row) {
            break;
        }
        picks.add(*row, scores[*row]);
        centres.add(static_cast<std::int64_t>(*row));
    }
    picks.fill("maxdist fill");
    return picks.finish();
}

LabelledOptions maxdist_options_from_json(const Json& options) {
    return labelled_options(SelectorOptions(options, "maxdist", {"mode", "posterior_sigma"}));
}

}  // namespace fibonaqi
