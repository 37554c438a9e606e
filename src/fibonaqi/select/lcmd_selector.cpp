#include "fibonaqi/select/lcmd_selector.hpp"

#include <algorithm>

#include "fibonaqi/select/centre_picks.hpp"
#include "fibonaqi/select/labelled_rows.hpp"

namespace fibonaqi {
namespace {

// Clusters whose sums differ by rounding alone are equally heavy.
constexpr double tie = 1e-12;

// Distances of the rows of the heaviest clusters; 0 elsewhere.
std::vector<double> scores_of(const NearestCentre& centres) {
    if (centres.size() == 0) {
        return centres.squares();
    }
    std::vector<double> scores = centres.distances();
    const std::vector<double> sums = centres.cluster_sums();
    const double heaviest = *std::max_element(sums.begin(), sums.end());
    for (std::size_t row = 0; row < scores.size(); ++row) {
        scores[row] = sums[row] >= heaviest * (1.0 - tie) ? scores[row] : 0.0;
    }
    return scores;
}

}  // namespace

Selection LcmdSelector::select(const at::Tensor& features, const SelectionRequest& request) const {
    const CandidateRows rows = candidate_rows(features, request, options_);
    if (request.batch >= rows.size()) {
        return take_everything(rows, request.batch);
    }
    return centre_picks(rows, request, "lcmd fill", [](const auto& centres, const auto& is_taken) {
        return best_centre(scores_of(centres), is_taken);
    });
}

}  // namespace fibonaqi
