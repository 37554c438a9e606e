// Pseudo labels for candidates that no quantum-mechanical code has seen: the "pseudo_labels" section of a
// task. Sources of them are interchangeable: the posterior of the model's own last layer
// (posterior_labels.hpp), a teacher or a committee of other models (other_models.hpp).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "fibonaqi/base/json.hpp"
#include "fibonaqi/model/calibration.hpp"
#include "fibonaqi/nn/posterior.hpp"

#include "workflows/worker/sources.hpp"

namespace fibonaqi::worker {

/// What answers for labels.
class PseudoLabels {
  public:
    virtual ~PseudoLabels() = default;
    /// Labels of these frames as candidates of a superbatch. All frames of a superbatch are labelled by one
    /// and the same potential, see predict_labels in nn/posterior.hpp.
    virtual std::vector<Labels> labels(const SomeFrames& frames, std::size_t superbatch,
                                       bool want_stress) const = 0;
    /// How sure it is of each frame; empty where it cannot tell.
    virtual std::vector<FrameSpread> spread(const SomeFrames& frames) const = 0;
    /// {"kind", ...}, for the result of the task.
    virtual Json report() const = 0;
};

enum class PseudoLabelKind { posterior, teacher, committee };

/// Settings of the section.
struct PseudoLabelOptions {
    PseudoLabelKind kind = PseudoLabelKind::posterior;
    std::string teacher;              ///< a model, of kind teacher
    std::string labelled;             ///< extxyz with real labels; empty: there are none yet
    double prior_force_spread = 0.1;  ///< [eV/angstrom], used before there are labels
    nn::PosteriorOptions posterior;
    std::size_t chunk = nn::default_chunk;
};

/// Empty when the task has no (or a null) "pseudo_labels". "labelled" of the task stands for that of the
/// section where it has none. Throws ConfigError for an unknown kind or key, and for one of another kind.
std::optional<PseudoLabelOptions> pseudo_label_options(const Json& task, const nn::LossWeights& weights);

}  // namespace fibonaqi::worker
