// The pivoted Cholesky factorisation of G G' + sigma^2 in feature space: what MaxDet walks through.
#pragma once

#include <vector>

#include <ATen/ATen.h>

#include "fibonaqi/select/pivot_range.hpp"

namespace fibonaqi {

/// Variance g'C g that a linear model with unit prior still has along every row after some rows were observed
/// with noise sigma: C = sigma^2 (sigma^2 + X'X)^-1, at sigma = 0 the projector off the observed rows. It is
/// the Schur complement (pivot) of the Gram matrix, less sigma^2, without a matrix over pairs of rows: C = 1
/// - W'W, and W gets one more row per observation. One observation costs n d multiplications, memory n + k d.
class PosteriorVariance {
  public:
    /// `rows` [n, d], `observed` [m, d] (may be empty), both float64; sigma >= 0 in their unit.
    PosteriorVariance(const at::Tensor& rows, const at::Tensor& observed, double sigma);

    /// g'C g of every row; 0 where less than 1e-12 of |g|^2 is left, which is rounding.
    std::vector<double> values() const;
    /// Observes one row. Its value must be above 0.
    void observe(std::int64_t row);
    /// Largest over smallest standard deviation (with the noise) of the rows observed one by one; 0 before
    /// the first.
    double condition_number() const { return pivots_.condition_number(); }

  private:
    // Takes what lies along a row of W out of all variances.
    void take_out(const at::Tensor& direction);

    at::Tensor rows_;
    double noise_square_;
    at::Tensor basis_;             // W [k, d]
    std::vector<double> squares_;  // |g|^2
    std::vector<double> left_;     // g'C g
    PivotRange pivots_;
};

}  // namespace fibonaqi
