// Distances of all rows to the nearest of the rows chosen so far: what MaxDist, LCMD and k-means++ share.
#pragma once

#include <vector>

#include <ATen/ATen.h>

namespace fibonaqi {

/// Squared Euclidean distances; one centre costs n d multiplications, and no matrix over pairs of rows is
/// formed.
class NearestCentre {
  public:
    /// `rows` [n, d] float64.
    explicit NearestCentre(const at::Tensor& rows);

    /// Centres from outside the rows, [m, d].
    void add_all(const at::Tensor& centres);
    /// One of the rows.
    void add(std::int64_t row);

    /// Number of centres so far.
    std::size_t size() const { return centres_; }
    /// |g|^2 of every row.
    const std::vector<double>& squares() const { return squares_; }
    /// To the nearest centre; 0 where rounding alone could have made it. Infinite before the first centre.
    const std::vector<double>& distances() const { return distances_; }
    /// Sum of the squared distances of the rows whose nearest centre (of equally near ones: the first) is the
    /// same, at every row.
    std::vector<double> cluster_sums() const;

  private:
    void measure(const at::Tensor& centre);

    at::Tensor rows_;
    std::vector<double> squares_, distances_;
    std::vector<std::size_t> nearest_;
    std::size_t centres_ = 0;
};

}  // namespace fibonaqi
