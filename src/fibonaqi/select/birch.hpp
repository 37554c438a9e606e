// BIRCH: clusters of points from one walk through them.
#pragma once

#include <vector>

#include <ATen/ATen.h>

namespace fibonaqi {

struct BirchOptions {
    double threshold = 0.5;      ///< largest radius of a subcluster, in the unit of the points; above 0
    std::size_t branching = 50;  ///< most entries of a node of the tree; at least 2
};

/// A ball of points: how many, and their mean.
struct Subcluster {
    double size;
    std::vector<double> centre;
};

/// The leaves of the clustering-feature tree of Zhang, Ramakrishnan and Livny, SIGMOD 1996, grown as
/// scikit-learn does: a point joins the nearest entry where the radius (root mean square distance from the
/// mean) stays within the threshold, else it is a new entry; a node with too many entries is divided between
/// the two that are farthest apart. `points` [n, m] float64 on the host; the result depends on their order.
std::vector<Subcluster> birch(const at::Tensor& points, const BirchOptions& options);

}  // namespace fibonaqi
