// Pseudo labels from draws of the last-layer posterior.
#pragma once

#include "workflows/worker/pseudo_labels.hpp"

namespace fibonaqi::worker {

class PosteriorLabels : public PseudoLabels {
  public:
    /// `candidates` calibrate the prior where there are no labels: at most `prior_sample` of them, drawn by
    /// seed and cycle, because the scale changes no pick (gradients are linear in it, and DivBS does not see
    /// a common factor). The network must live as long as this.
    PosteriorLabels(const nn::Network& network, const FrameSet& candidates, const PseudoLabelOptions& options,
                    const Json& task);

    /// Labels of one draw, keyed by (seed, cycle, superbatch).
    std::vector<Labels> labels(const SomeFrames& frames, std::size_t superbatch,
                               bool want_stress) const override;
    std::vector<FrameSpread> spread(const SomeFrames& frames) const override;
    /// {"kind", "labelled_frames", "force_rmse_eV_per_A" or "prior_force_spread_eV_per_A", "scale"}.
    Json report() const override { return report_; }

    static constexpr std::size_t prior_sample = 32;

  private:
    void fit_to(const PseudoLabelOptions& options);
    void calibrate_prior(const FrameSet& candidates, const PseudoLabelOptions& options);

    const nn::Network& network_;
    std::uint64_t seed_, cycle_;
    std::size_t chunk_;
    std::optional<nn::LastLayerPosterior> posterior_;
    Json report_;
};

}  // namespace fibonaqi::worker
