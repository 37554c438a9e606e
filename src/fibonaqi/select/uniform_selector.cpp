#include "fibonaqi/select/uniform_selector.hpp"

#include "fibonaqi/select/candidate_rows.hpp"
#include "fibonaqi/select/keyed_order.hpp"

namespace fibonaqi {

Selection UniformSelector::select(const at::Tensor& features, const SelectionRequest& request) const {
    const CandidateRows rows = candidate_rows(features, request);
    if (request.batch >= rows.size()) {
        return take_everything(rows, request.batch);
    }
    std::vector<std::uint64_t> order =
        keyed_order(rows.ids, {request.seed, "uniform selection", request.cycle});
    order.resize(request.batch);
    Selection selection;
    selection.rejected = rows.rejected;
    for (const std::uint64_t id : order) {
        selection.picks.push_back({id, 1.0 / static_cast<double>(rows.size()), 1.0, false});
    }
    return selection;
}

}  // namespace fibonaqi
