// Gradient norm: the samples that would move the weights most, or a sample of all by that measure.
#pragma once

#include "fibonaqi/select/selector.hpp"

namespace fibonaqi {

enum class NormPick {
    top,        ///< the beta longest rows
    importance  ///< each with probability pi_i = beta p_i, p_i proportional to |g_i| (capped where pi_i would
                ///< pass 1)
};

struct GradientNormOptions {
    NormPick pick = NormPick::top;
    /// Of importance: drawn uniformly, with equal weights, where importance would hardly lower the variance.
    bool has_gain_test = false;
};

/// For loss gradients. `importance` is importance sampling as in Katharopoulos and Fleuret, ICML 2018, but
/// without repetition: every pick has weight 1 / (omega p_i), so the mean over the picks of weight * gradient
/// is the mean gradient of all omega usable rows in expectation (in a plain sum: 1 / (beta omega p_i)).
/// The gain test is that of the paper: tau = sqrt(mean |g|^2) / mean |g| (its equation for 1/tau, simplified)
/// must exceed (omega + 3 beta) / (3 beta), the time of a step with scores over that of one without.
/// Score: |g| of top, p_i of importance. Rows of zeros can only be fills, of weight 1; they move nothing.
class GradientNormSelector : public Selector {
  public:
    explicit GradientNormSelector(const GradientNormOptions& options) : options_(options) {}
    std::string name() const override { return "gradient_norm"; }
    bool needs_features() const override { return true; }
    Selection select(const at::Tensor& features, const SelectionRequest& request) const override;

  private:
    GradientNormOptions options_;
};

/// Keys "pick" ("top" or "importance") and "gain_test" (true or false). Throws ConfigError.
GradientNormOptions gradient_norm_options_from_json(const Json& options);

}  // namespace fibonaqi
