// Clusters of samples as DIRECT makes them, and the samples that stand for each.
#pragma once

#include <vector>

#include <ATen/ATen.h>

#include "fibonaqi/select/birch.hpp"

namespace fibonaqi {

/// A partition of points into clusters.
struct DirectClusters {
    std::vector<std::size_t> labels;  ///< of every point
    std::vector<std::vector<double>>
        centres;                  ///< of every cluster: mean of its subclusters, weighted by their sizes
    std::size_t subclusters = 0;  ///< leaves of the tree that was used
    double threshold = 0.0;       ///< that gave them
};

/// BIRCH, then Ward on its subclusters. Where a threshold leaves fewer subclusters than `clusters`, it is
/// multiplied by found / wanted and the tree grown again (as maml does); where that gives more than 2000
/// and more than ten times as many, it is raised again, by bisection; where the points themselves are
/// fewer, there are fewer clusters. `points` [n, m] float64 on the host.
DirectClusters direct_clusters(const at::Tensor& points, std::size_t clusters, BirchOptions options);

/// A point and its distance from the centre of its cluster.
struct Representative {
    std::size_t point;
    double distance;
};

/// For every cluster up to `per_cluster` members at evenly spread ranks of the distance to its centre, the
/// nearest first (one: the nearest). Clusters are in the order of falling number of members, equal ones by
/// their first member.
std::vector<std::vector<Representative>> representatives(const at::Tensor& points,
                                                         const DirectClusters& clusters,
                                                         std::size_t per_cluster);

}  // namespace fibonaqi
