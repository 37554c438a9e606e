// The deviation window: samples that a committee is unsure about, but not too much.
#pragma once

#include "fibonaqi/select/selector.hpp"

namespace fibonaqi {

struct WindowOptions {
    double low = 0.05;   ///< below: known well enough; in the unit of the scores (default: eV/angstrom)
    double high = 0.15;  ///< above: not to be trusted, the structure itself is doubtful
};

/// Samples with low < score < high, of these beta at random (Zhang et al., Comput. Phys. Commun. 253 (2020)
/// 107206, DP-GEN: the score is the largest standard deviation over a committee of the force on an atom; the
/// defaults are those of its example). Where the window holds fewer than beta, only these are taken. Looks at
/// scores only. Score: the deviation. Reason scores_exhausted: the window is empty now.
class WindowSelector : public Selector {
  public:
    explicit WindowSelector(const WindowOptions& options) : options_(options) {}
    std::string name() const override { return "window"; }
    bool needs_features() const override { return false; }
    bool needs_scores() const override { return true; }
    Selection select(const at::Tensor& features, const SelectionRequest& request) const override;

  private:
    WindowOptions options_;
};

/// Keys "low" (at least 0), "high" (above low). Throws ConfigError.
WindowOptions window_options_from_json(const Json& options);

}  // namespace fibonaqi
