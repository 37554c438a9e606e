#include "fibonaqi/select/direct_clusters.hpp"

#include <algorithm>
#include <cmath>

#include "fibonaqi/select/ward.hpp"

namespace fibonaqi {
namespace {

// Relative to the largest coordinate: below this radius only copies share a subcluster.
constexpr double least_threshold = 1e-9;
constexpr double tie = 1e-12;
constexpr std::size_t few_leaves = 2000;
constexpr std::size_t leaves_per_cluster = 10;
constexpr int most_steps = 20;

double squared_distance(const double* point, const std::vector<double>& centre) {
    double square = 0.0;
    for (std::size_t i = 0; i < centre.size(); ++i) {
        square += (point[i] - centre[i]) * (point[i] - centre[i]);
    }
    return square;
}

const double* row_of(const at::Tensor& points, std::size_t row) {
    return points.data_ptr<double>() + row * static_cast<std::size_t>(points.size(1));
}

std::size_t nearest_leaf(const double* point, const std::vector<Subcluster>& leaves) {
    std::size_t nearest = 0;
    double least = squared_distance(point, leaves[0].centre);
    for (std::size_t leaf = 1; leaf < leaves.size(); ++leaf) {
        const double square = squared_distance(point, leaves[leaf].centre);
        if (square < least) {
            nearest = leaf;
            least = square;
        }
    }
    return nearest;
}

void set_centres(DirectClusters& result, const std::vector<Subcluster>& leaves,
                 const std::vector<std::size_t>& cluster_of) {
    const std::size_t count = 1 + *std::max_element(cluster_of.begin(), cluster_of.end());
    std::vector<double> sizes(count, 0.0);
    result.centres.assign(count, std::vector<double>(leaves[0].centre.size(), 0.0));
    for (std::size_t leaf = 0; leaf < leaves.size(); ++leaf) {
        sizes[cluster_of[leaf]] += leaves[leaf].size;
        for (std::size_t i = 0; i < leaves[leaf].centre.size(); ++i) {
            result.centres[cluster_of[leaf]][i] += leaves[leaf].size * leaves[leaf].centre[i];
        }
    }
    for (std::size_t cluster = 0; cluster < count; ++cluster) {
        for (double& value : result.centres[cluster]) {
            value /= sizes[cluster];
        }
    }
}

// By distance; distances that differ by rounding alone (both members of a pair, always) by the number of the
// point.
void sort_by_distance(std::vector<Representative>& members) {
    std::stable_sort(members.begin(), members.end(), [](const Representative& a, const Representative& b) {
        return a.distance < b.distance;
    });
    for (auto begin = members.begin(); begin != members.end();) {
        auto end = begin + 1;
        while (end != members.end() && end->distance <= (end - 1)->distance * (1.0 + tie)) {
            ++end;
        }
        std::sort(begin, end,
                  [](const Representative& a, const Representative& b) { return a.point < b.point; });
        begin = end;
    }
}

// Subclusters, at least as many as clusters. Where points have no clusters the next threshold of maml's rule
// may give every point a subcluster of its own, and joining them would take points^2 operations: then the
// threshold goes back up.
std::vector<Subcluster> enough_leaves(const at::Tensor& points, std::size_t clusters, BirchOptions& options) {
    const double least = least_threshold * points.abs().max().item<double>();
    const std::size_t most = std::max(few_leaves, leaves_per_cluster * clusters);
    double too_large = 0.0;  // a threshold that gave too few
    std::vector<Subcluster> leaves = birch(points, options);
    while (leaves.size() < clusters && options.threshold > least) {
        too_large = options.threshold;
        options.threshold *= static_cast<double>(leaves.size()) / static_cast<double>(clusters);
        leaves = birch(points, options);
    }
    for (int step = 0; leaves.size() > most && too_large > 0.0 && step < most_steps; ++step) {
        const double middle = std::sqrt(options.threshold * too_large);
        std::vector<Subcluster> fewer = birch(points, {middle, options.branching});
        if (fewer.size() < clusters) {
            too_large = middle;
        } else {
            options.threshold = middle;
            leaves = std::move(fewer);
        }
    }
    return leaves;
}

}  // namespace

DirectClusters direct_clusters(const at::Tensor& points, std::size_t clusters, BirchOptions options) {
    const std::vector<Subcluster> leaves = enough_leaves(points, clusters, options);
    std::vector<std::vector<double>> centres;
    for (const Subcluster& leaf : leaves) {
        centres.push_back(leaf.centre);
    }
    const std::vector<std::size_t> cluster_of = ward_clusters(centres, clusters);
    DirectClusters result;
    result.subclusters = leaves.size();
    result.threshold = options.threshold;
    set_centres(result, leaves, cluster_of);
    for (std::size_t row = 0; row < static_cast<std::size_t>(points.size(0)); ++row) {
        result.labels.push_back(cluster_of[nearest_leaf(row_of(points, row), leaves)]);
    }
    return result;
}

std::vector<std::vector<Representative>> representatives(const at::Tensor& points,
                                                         const DirectClusters& clusters,
                                                         std::size_t per_cluster) {
    std::vector<std::vector<Representative>> members(clusters.centres.size());
    for (std::size_t row = 0; row < clusters.labels.size(); ++row) {
        const std::size_t label = clusters.labels[row];
        const double square = squared_distance(row_of(points, row), clusters.centres[label]);
        members[label].push_back({row, std::sqrt(square)});
    }
    std::erase_if(members, [](const auto& list) { return list.empty(); });
    std::sort(members.begin(), members.end(), [](const auto& a, const auto& b) {
        return a.size() != b.size() ? a.size() > b.size() : a.front().point < b.front().point;
    });
    for (std::vector<Representative>& list : members) {
        sort_by_distance(list);
        std::vector<Representative> kept;
        const double last = static_cast<double>(list.size() - 1);
        for (std::size_t k = 0; k < per_cluster; ++k) {
            const double step = per_cluster > 1 ? last / static_cast<double>(per_cluster - 1) : 0.0;
            const Representative& member = list[static_cast<std::size_t>(static_cast<double>(k) * step)];
            if (kept.empty() || kept.back().point != member.point) {
                kept.push_back(member);
            }
        }
        list = kept;
    }
    return members;
}

}  // namespace fibonaqi
