#include "fibonaqi/select/window_selector.hpp"

#include <sstream>

#include "fibonaqi/base/contract.hpp"
#include "fibonaqi/base/error.hpp"
#include "fibonaqi/select/keyed_order.hpp"
#include "fibonaqi/select/pick_list.hpp"

namespace fibonaqi {

Selection WindowSelector::select(const at::Tensor& features, const SelectionRequest& request) const {
    FIBONAQI_EXPECT(request.scores.size() == request.ids.size());
    const CandidateRows rows = candidate_rows(features, request);
    std::vector<std::uint64_t> inside;
    for (std::size_t row = 0; row < rows.size(); ++row) {
        if (rows.scores[row] > options_.low && rows.scores[row] < options_.high) {
            inside.push_back(rows.ids[row]);
        }
    }
    if (inside.size() == rows.size() && request.batch >= rows.size()) {
        return take_everything(rows, request.batch);
    }
    PickList picks(rows, request);
    for (const std::uint64_t id : keyed_order(inside, {request.seed, "window draw", request.cycle})) {
        if (!picks.is_complete()) {
            const std::size_t row = rows.row_of(id);
            picks.add(row, rows.scores[row]);
        }
    }
    return picks.finish();
}

}  // namespace fibonaqi
