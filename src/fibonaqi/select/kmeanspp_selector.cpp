#include "fibonaqi/select/kmeanspp_selector.hpp"

#include "fibonaqi/select/keyed_draw.hpp"
#include "fibonaqi/select/nearest_centre.hpp"
#include "fibonaqi/select/pick_list.hpp"

namespace fibonaqi {

Selection KmeansSelector::select(const at::Tensor& features, const SelectionRequest& request) const {
    const CandidateRows rows = candidate_rows(features, request, options_.labelled);
    if (request.batch >= rows.size()) {
        return take_everything(rows, request.batch);
    }
    NearestCentre centres(rows.features);
    centres.add_all(rows.labelled);
    KeyedDraw draw(rows.ids, {request.seed, "kmeanspp draw", request.cycle});
    PickList picks(rows, request);
    while (!picks.is_complete()) {
        const bool is_first = centres.size() == 0;
        const std::vector<double> scores = is_first ? centres.squares() : centres.distances();
        std::optional<std::size_t> row;
        if (is_first && options_.first == KmeansFirst::largest) {
            row = best_row(scores, picks.is_taken());
        } else {
            row = draw(is_first ? std::vector<double>(rows.size(), 1.0) : scores);
        }
        if (!row) {
            break;
        }
        picks.add(*row, scores[*row]);
        centres.add(static_cast<std::int64_t>(*row));
    }
    picks.fill("kmeanspp fill");
    return picks.finish();
}

KmeansOptions kmeanspp_options_from_json(const Json& options) {
    const SelectorOptions given(options, "kmeanspp", {"first", "mode", "posterior_sigma"});
    return {labelled_options(given), given.choice<KmeansFirst>("first", KmeansOptions().first,
                                                               {{"uniform", KmeansFirst::uniform},
                                                                {"largest", KmeansFirst::largest}})};
}

}  // namespace fibonaqi
