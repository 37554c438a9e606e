#include "fibonaqi/select/rho_loss_selector.hpp"

#include <limits>

#include "fibonaqi/base/contract.hpp"
#include "fibonaqi/select/top_picks.hpp"

namespace fibonaqi {

Selection RhoLossSelector::select(const at::Tensor& features, const SelectionRequest& request) const {
    FIBONAQI_EXPECT(request.scores.size() == request.ids.size());
    FIBONAQI_EXPECT(request.reference_scores.size() == request.ids.size());
    const CandidateRows rows = candidate_rows(features, request);
    if (request.batch >= rows.size()) {
        return take_everything(rows, request.batch);
    }
    std::vector<double> reducible(rows.scores);
    for (std::size_t row = 0; row < rows.size(); ++row) {
        reducible[row] -= rows.reference_scores[row];
    }
    return top_picks(rows, request, {reducible, -std::numeric_limits<double>::infinity(), "rho_loss fill"});
}

}  // namespace fibonaqi
