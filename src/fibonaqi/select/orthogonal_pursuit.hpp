// The linear algebra of DivBS: weights of all rows against a residual, and what choosing a row does to them.
#pragma once

#include <vector>

#include <ATen/ATen.h>

#include "fibonaqi/select/pivot_range.hpp"

namespace fibonaqi {

/// Starts with rho = mean of the rows of G that are marked alive; take() moves one row into the basis and
/// does not read G. All tensors live on the device of G; what is decided upon comes to the host, m numbers
/// per step.
class OrthogonalPursuit {
  public:
    /// `rows` [m, d] float64; `alive` has m entries.
    OrthogonalPursuit(const at::Tensor& rows, const std::vector<bool>& alive);

    /// |g_i . rho| of every row (not masked). 0 where rounding alone could have produced the value.
    std::vector<double> weights() const;
    /// The same number of one row, without reading the others.
    double weight(std::size_t row) const;
    /// |g_i| |rho| of every row that is not closed, a little more so that rounding cannot make a weight pass
    /// it; 0 of closed ones. G is not read.
    std::vector<double> weight_bounds(const std::vector<bool>& is_closed) const;
    /// |P g_i|^2 / |g_i|^2 of every row, P = projector off the basis; 0 for a zero row and for dependent
    /// ones. G is read once for every row taken since the last call.
    std::vector<double> independent_parts();
    /// |P g_i|^2 of every row, as of the last call of independent_parts().
    const std::vector<double>& independent_squares() const { return independent_; }

    /// Adds the direction of a row to the basis and takes it out of rho. False, and nothing is changed, when
    /// the row depends numerically on the basis.
    bool take(std::int64_t row);

    double relative_residual() const;  ///< |rho|^2 / |mean|^2; 0 when the mean is zero
    double condition_number() const {
        return pivots_.condition_number();
    }  ///< largest over smallest pivot so far; 0 before the first

  private:
    // 0 for a product of a row with rho that rounding alone could have made.
    double above_rounding(double product, std::size_t row) const;

    at::Tensor rows_;
    at::Tensor basis_;                 // [k, d], orthonormal
    at::Tensor rho_;                   // [d]
    std::vector<double> squares_;      // |g_i|^2
    std::vector<double> independent_;  // |P g_i|^2 after the first `followed_` directions of the basis
    std::int64_t followed_ = 0;
    double mean_square_ = 0.0;
    PivotRange pivots_;
};

}  // namespace fibonaqi
