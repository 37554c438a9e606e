// Least squares with weights that are not negative, one row more at a time.
#pragma once

#include <vector>

#include <ATen/ATen.h>

namespace fibonaqi {

/// Weights x >= 0 that minimise |target - sum_i x_i g_i|^2 + ridge |x|^2 over the rows g_i that were offered.
/// The solution is kept optimal by the active-set steps of Lawson and Hanson (Solving Least Squares Problems,
/// 1974, chapter 23); rows whose weight falls to 0 leave, so the set may shrink. k rows cost k^3 operations
/// per offer.
class NonnegativeFit {
  public:
    /// `rows` [n, d], `target` [d], float64; ridge >= 0 in the unit of |g|^2.
    NonnegativeFit(const at::Tensor& rows, const at::Tensor& target, double ridge);

    /// Lets a row in whose product with the residual is above 0. False, and nothing changes, when the row
    /// depends numerically on those that are in.
    bool offer(std::int64_t row);

    const std::vector<std::int64_t>& rows_in() const { return in_; }  ///< in the order in which they came
    const std::vector<double>& weights() const { return weights_; }   ///< of rows_in(), all above 0
    const at::Tensor& residual() const { return residual_; }          ///< target - sum_i x_i g_i, [d]

  private:
    std::vector<double> solve(const std::vector<std::int64_t>& rows) const;

    at::Tensor rows_;
    at::Tensor target_;
    double ridge_;
    std::vector<std::int64_t> in_;
    std::vector<double> weights_;
    at::Tensor residual_;
};

}  // namespace fibonaqi
