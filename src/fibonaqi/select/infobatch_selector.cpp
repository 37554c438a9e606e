#include "fibonaqi/select/infobatch_selector.hpp"

#include <numeric>

#include "fibonaqi/base/contract.hpp"
#include "fibonaqi/select/inclusion_draw.hpp"
#include "fibonaqi/select/pick_list.hpp"

namespace fibonaqi {

Selection InfoBatchSelector::select(const at::Tensor& features, const SelectionRequest& request) const {
    FIBONAQI_EXPECT(request.scores.size() == request.ids.size());
    const CandidateRows rows = candidate_rows(features, request);
    if (request.batch >= rows.size()) {
        return take_everything(rows, request.batch);
    }
    const auto batch = static_cast<double>(request.batch);
    const auto all = static_cast<double>(rows.size());
    const double mean = std::accumulate(rows.scores.begin(), rows.scores.end(), 0.0) / all;
    const bool is_pruning =
        options_.epochs == 0 ||
        static_cast<double>(request.cycle) <= options_.full_after * static_cast<double>(options_.epochs);
    std::vector<double> share;
    for (const double score : rows.scores) {
        share.push_back(is_pruning && score < mean ? 1.0 - options_.prune : 1.0);
    }
    const std::vector<double> inclusion = inclusion_probabilities(share, request.batch);
    PickList picks(rows, request);
    for (const std::size_t row :
         draw_by_inclusion(inclusion, rows.ids, {request.seed, "infobatch draw", request.cycle})) {
        picks.add(row, rows.scores[row], 1.0, batch / (all * inclusion[row]));
    }
    picks.fill("infobatch fill");
    return picks.finish();
}

}  // namespace fibonaqi
