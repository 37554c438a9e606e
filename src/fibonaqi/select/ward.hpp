// Ward's hierarchical clustering: the last step of BIRCH where a number of clusters is wanted.
#pragma once

#include <cstddef>
#include <vector>

namespace fibonaqi {

/// Joins points until `clusters` are left, each time the two clusters whose union adds least to the sum of
/// squared distances from the means (Ward, J. Am. Stat. Assoc. 58 (1963) 236); every point counts once.
/// Returns the cluster of every point, 0 .. min(clusters, points) - 1. Found by chains of nearest neighbours
/// (Murtagh, Comput. J. 26 (1983) 354): points^2 m operations, memory points m. clusters >= 1.
std::vector<std::size_t> ward_clusters(const std::vector<std::vector<double>>& points, std::size_t clusters);

}  // namespace fibonaqi
