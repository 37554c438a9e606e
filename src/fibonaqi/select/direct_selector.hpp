// DIRECT: dimensionality reduction, clustering, stratified sampling.
#pragma once

#include "fibonaqi/select/selector.hpp"

namespace fibonaqi {

struct DirectOptions {
    std::size_t per_cluster =
        1;                   ///< samples from each cluster; there are beta / per_cluster clusters, rounded up
    double threshold = 0.5;  ///< radius of a subcluster to begin with, in weighted principal scores
    std::size_t branching = 50;  ///< entries of a node of the tree
};

/// Principal scores (principal_scores()), BIRCH with Ward into clusters, and from every cluster the samples
/// at evenly spread ranks of the distance to its centre (Qi et al., npj Comput. Mater. 10 (2024) 43). Picks
/// are in the order: the nearest of every cluster, large clusters first, then the next of every cluster.
/// Score: the distance to the centre. Differs from maml where a cluster has several subclusters: the centre
/// is that of the cluster, not of its last subcluster. The tree is grown in the order of the ids. Where
/// clusters are fewer or smaller than asked for, the rest is filled at random. Meant for embeddings; cost n d
/// min(n, d) and n times the subclusters.
class DirectSelector : public Selector {
  public:
    explicit DirectSelector(const DirectOptions& options) : options_(options) {}
    std::string name() const override { return "direct"; }
    bool needs_features() const override { return true; }
    Selection select(const at::Tensor& features, const SelectionRequest& request) const override;

  private:
    DirectOptions options_;
};

/// Keys "per_cluster" (at least 1), "threshold" (above 0), "branching" (at least 2). Throws ConfigError.
DirectOptions direct_options_from_json(const Json& options);

}  // namespace fibonaqi
