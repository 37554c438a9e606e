// Numbers per frame for strategies that go by them: read from a file, or computed from models.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "fibonaqi/base/json.hpp"
#include "fibonaqi/model/calibration.hpp"
#include "fibonaqi/select/selector.hpp"

#include "workflows/worker/other_models.hpp"

namespace fibonaqi::worker {

enum class ScoreKind {
    loss,             ///< of the frame, with its labels or pseudo labels
    deviation,        ///< of the forces on the atom where models disagree most [eV/angstrom]
    energy_deviation  ///< of the energy per atom [eV]
};

/// What "scores" of a task asks to be computed.
struct ScoreOptions {
    ScoreKind kind = ScoreKind::loss;
    std::string reference_model;  ///< of rho_loss; empty: none
};

/// Empty where the task has no scores, or those of a file. Throws ConfigError for unknown kinds and keys, and
/// for what the strategy cannot use.
std::optional<ScoreOptions> score_options(const Json& task, const Selector& selector);

/// As many as frames, or none.
struct FrameScores {
    std::vector<double> scores, reference_scores;
};

/// Computes scores of kind loss.
class LossScores {
  public:
    /// Throws ConfigError where the reference model is the pool's own.
    LossScores(const ScoreOptions& options, const FeatureSettings& settings, const FeaturePool& pool,
               const Json& task);

    /// `labels`: one per frame; ConfigError for a frame without one that the loss uses.
    FrameScores of(const SomeFrames& frames, std::span<const Labels> labels) const;

  private:
    FeatureSettings settings_;
    const nn::Network& network_;
    std::optional<OtherModel> reference_;
};

/// Scores of the other kinds.
FrameScores deviation_scores(ScoreKind kind, std::span<const FrameSpread> spreads);

}  // namespace fibonaqi::worker
