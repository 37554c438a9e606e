#include "fibonaqi/select/direct_selector.hpp"

#include "fibonaqi/select/direct_clusters.hpp"
#include "fibonaqi/select/pick_list.hpp"
#include "fibonaqi/select/principal_scores.hpp"

namespace fibonaqi {

Selection DirectSelector::select(const at::Tensor& features, const SelectionRequest& request) const {
    const CandidateRows rows = candidate_rows(features, request);
    if (request.batch >= rows.size()) {
        return take_everything(rows, request.batch);
    }
    const std::size_t wanted = (request.batch + options_.per_cluster - 1) / options_.per_cluster;
    const at::Tensor scores = principal_scores(rows.features);
    const DirectClusters clusters = direct_clusters(scores, wanted, {options_.threshold, options_.branching});
    const auto chosen = representatives(scores, clusters, options_.per_cluster);
    PickList picks(rows, request);
    for (std::size_t rank = 0; rank < options_.per_cluster; ++rank) {
        for (const std::vector<Representative>& cluster : chosen) {
            if (rank < cluster.size() && !picks.is_complete()) {
                picks.add(cluster[rank].point, cluster[rank].distance);
            }
        }
    }
    picks.fill("direct fill");
    return picks.finish();
}

}  // namespace fibonaqi
