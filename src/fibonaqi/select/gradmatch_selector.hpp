// GradMatch: few samples whose weighted gradients add up to the mean gradient.
#pragma once

#include "fibonaqi/select/selector.hpp"

namespace fibonaqi {

enum class GradMatchFill {
    uniform,  ///< the rest at random, with weight 0: the match needs no more
    stop      ///< return fewer
};

struct GradMatchOptions {
    double ridge = 1e-6;  ///< of the weights, relative to the mean |g|^2
    GradMatchFill fill = GradMatchFill::uniform;
};

/// Orthogonal matching pursuit of the mean row with weights that are not negative (Killamsetty et al., ICML
/// 2021): the row with the largest product g . rho comes in, then all weights are fitted anew
/// (NonnegativeFit), and rows whose weight falls to 0 go. The closest relative of DivBS, but signed, weighted
/// and without chance. The public code takes out the most negative weight instead, which is not always the
/// optimum; where nothing goes out both are the same. Weight: beta x_i, where sum_i x_i g_i is near the mean
/// row; so the mean over the picks of weight * gradient is near the mean gradient. Score: g . rho when the
/// row came in; residual: |rho|^2 after that, relative to the first. Where no product is above 0 any more the
/// match is the best possible.
class GradMatchSelector : public Selector {
  public:
    explicit GradMatchSelector(const GradMatchOptions& options) : options_(options) {}
    std::string name() const override { return "gradmatch"; }
    bool needs_features() const override { return true; }
    Selection select(const at::Tensor& features, const SelectionRequest& request) const override;

  private:
    GradMatchOptions options_;
};

/// Keys "ridge" (at least 0), "fill" ("uniform" or "stop"). Throws ConfigError.
GradMatchOptions gradmatch_options_from_json(const Json& options);

}  // namespace fibonaqi
