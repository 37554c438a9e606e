#include "fibonaqi/select/direct_selector.hpp"

#include "fibonaqi/select/direct_clusters.hpp"
#include "fibonaqi/select/pick_list.hpp"
#include "fibonaqi/select/principal_scores.hpp"
#include "fibonaqi/select/selector_options.hpp"

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

DirectOptions direct_options_from_json(const Json& options) {
    const SelectorOptions given(options, "direct", {"per_cluster", "threshold", "branching"});
    const DirectOptions defaults;
    return {given.count("per_cluster", defaults.per_cluster, 1),
            given.number("threshold", defaults.threshold, {0.0, false}),
            given.count("branching", defaults.branching, 2)};
}

}  // namespace fibonaqi
