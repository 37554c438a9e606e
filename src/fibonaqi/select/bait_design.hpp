// The optimal design behind BAIT: how much uncertainty about all rows is left, and what one row takes from
// it.
#pragma once

#include <vector>

#include <ATen/ATen.h>

namespace fibonaqi {

/// A linear model with covariance C = sigma^2 (sigma^2 + X'X)^-1 after the rows X, and the summed variance
/// trace(C A) that it leaves along all rows, A = G'G + L'L of pool and labelled rows. Both are d x d; rows
/// are read twice per change, 2 n d multiplications. Where there are fewer rows than columns, features are
/// first written in the axes of their own span, which changes no product of rows.
class BaitDesign {
  public:
    /// `rows` [n, d], `labelled` [m, d], float64; `is_conditioned`: X begins with the labelled rows (mode
    /// TP).
    BaitDesign(const at::Tensor& rows, const at::Tensor& labelled, double sigma, bool is_conditioned);

    /// What adding each row would take from trace(C A): g'CACg / (g'Cg + sigma^2); 0 for rows without
    /// variance.
    std::vector<double> gains() const;
    /// What removing each row would give back: g'CACg / (sigma^2 - g'Cg). Means something for rows in X only.
    std::vector<double> losses() const;
    void add(std::int64_t row);     ///< puts a row of positive gain into X
    void remove(std::int64_t row);  ///< takes a row out of X; sigma must be above 0

  private:
    // C -> C + factor * u u', u = C g.
    void change(const at::Tensor& direction, double factor);

    at::Tensor rows_;
    double noise_square_;
    at::Tensor squares_;     // |g|^2
    at::Tensor covariance_;  // C
    at::Tensor design_;      // A
    at::Tensor variance_;    // g'Cg
    at::Tensor explained_;   // g'CACg
};

}  // namespace fibonaqi
