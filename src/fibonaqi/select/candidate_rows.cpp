#include "fibonaqi/select/candidate_rows.hpp"

#include <algorithm>
#include <numeric>

#include "fibonaqi/base/contract.hpp"

namespace fibonaqi {

CandidateRows candidate_rows(const at::Tensor& features, const SelectionRequest& request) {
    FIBONAQI_EXPECT(request.batch > 0);
    FIBONAQI_EXPECT(features.dim() == 2);
    FIBONAQI_EXPECT(features.size(0) == static_cast<std::int64_t>(request.ids.size()));
    const at::Tensor finite = at::isfinite(features).all(1).to(at::kCPU).contiguous();

    std::vector<std::int64_t> order(request.ids.size());
    std::iota(order.begin(), order.end(), 0);
    std::sort(order.begin(), order.end(), [&](std::int64_t a, std::int64_t b) {
        return request.ids[static_cast<std::size_t>(a)] < request.ids[static_cast<std::size_t>(b)];
    });
    CandidateRows rows;
    std::vector<std::int64_t> kept;
    for (const std::int64_t row : order) {
        const std::uint64_t id = request.ids[static_cast<std::size_t>(row)];
        const bool is_usable = finite.data_ptr<bool>()[row];
        (is_usable ? rows.ids : rows.rejected).push_back(id);
        if (is_usable) {
            kept.push_back(row);
        }
    }
    FIBONAQI_EXPECT(std::adjacent_find(rows.ids.begin(), rows.ids.end()) == rows.ids.end());
    const at::Tensor index = at::tensor(kept, at::kLong).to(features.device());
    rows.features = features.detach().index_select(0, index).to(at::kDouble).contiguous();
    return rows;
}

Selection take_everything(const CandidateRows& rows, std::size_t batch) {
    FIBONAQI_EXPECT(batch >= rows.size());
    Selection selection;
    selection.rejected = rows.rejected;
    selection.reason = batch == rows.size() ? SelectionReason::bypassed : SelectionReason::pool_exhausted;
    for (const std::uint64_t id : rows.ids) {
        selection.picks.push_back({id, 0.0, 0.0, false});
    }
    return selection;
}

}  // namespace fibonaqi
