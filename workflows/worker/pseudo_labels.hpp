// Pseudo labels for candidates that no quantum-mechanical code has seen: the "pseudo_labels" section of a
// task.
#pragma once

#include <memory>
#include <optional>
#include <span>

#include "fibonaqi/base/json.hpp"
#include "fibonaqi/nn/posterior.hpp"

#include "workflows/worker/sources.hpp"

namespace fibonaqi::worker {

/// Settings of {"kind": "posterior", "labelled", "prior_force_spread_eV_per_A", "regularisation"}.
struct PseudoLabelOptions {
    std::string labelled;             ///< extxyz with real labels; empty: there are none yet
    double prior_force_spread = 0.1;  ///< [eV/angstrom], used before there are labels
    nn::PosteriorOptions posterior;
    std::size_t chunk = nn::default_chunk;
};

/// Empty when the task has no (or a null) "pseudo_labels". Throws ConfigError for an unknown kind or key.
std::optional<PseudoLabelOptions> pseudo_label_options(const Json& task, const nn::LossWeights& weights);

/// Draws from the posterior of a network's last layer.
class PseudoLabeler {
  public:
    /// `candidates` calibrate the prior where there are no labels: at most `prior_sample` of them, drawn by
    /// seed and cycle, because the scale changes no pick (gradients are linear in it, and DivBS does not see
    /// a common factor).
    PseudoLabeler(const nn::Network& network, const FrameSet& candidates, const PseudoLabelOptions& options,
                  const Json& task);

    /// Labels of one draw, keyed by (seed, cycle, superbatch).
    std::vector<Labels> labels(std::span<const AtomGraph> graphs, std::size_t superbatch,
                               bool want_stress) const;
    nn::PredictedSpread spread(std::span<const AtomGraph> graphs) const;

    /// {"kind", "labelled_frames", "force_rmse_eV_per_A" or "prior_force_spread_eV_per_A", "scale"}.
    const Json& report() const { return report_; }

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
