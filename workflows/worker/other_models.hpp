// Models beside the one that is trained: teachers, committees, reference models. What they say about frames.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "workflows/worker/featurizer.hpp"
#include "workflows/worker/pseudo_labels.hpp"

namespace fibonaqi::worker {

/// Another model, with a cutoff of its own.
class OtherModel {
  public:
    /// `role` names it in messages ("committee"). With `fit_e0` its E0 are moved so that its energies are
    /// nearest to those of the pool's model on at most 32 frames: a model that was fitted to another code has
    /// another zero of energy, which would be all that a difference shows. Without, energies that are far
    /// away are warned about where the task compares energies. Throws ConfigError when it is the pool's model
    /// itself, which has nothing to tell about its own errors.
    OtherModel(const std::string& model, const std::string& role, const FeaturePool& pool, const Json& task);

    std::vector<Labels> predict(const SomeFrames& frames, bool want_stress) const;
    const nn::Network& network() const { return *model_.network; }
    const std::string& name() const { return name_; }

  private:
    void align(const SomeFrames& sample, const std::vector<Labels>& wanted);
    void warn_about_another_zero(const SomeFrames& sample, const std::vector<Labels>& wanted) const;

    std::string name_;
    std::size_t chunk_;
    OpenModel model_;
};

/// Labels of one other model, the same for every superbatch.
class TeacherLabels : public PseudoLabels {
  public:
    explicit TeacherLabels(OtherModel teacher) : teacher_(std::move(teacher)) {}
    std::vector<Labels> labels(const SomeFrames& frames, std::size_t, bool want_stress) const override {
        return teacher_.predict(frames, want_stress);
    }
    std::vector<FrameSpread> spread(const SomeFrames&) const override { return {}; }
    Json report() const override { return {{"kind", "teacher"}, {"teacher", teacher_.name()}}; }

  private:
    OtherModel teacher_;
};

/// The models of a task's "committee". Each superbatch is labelled by one member, drawn by (seed, cycle,
/// superbatch), and not by the mean of all: as with a draw of the posterior, the residual then is one
/// plausible truth less the model. In the mean the members' disagreement cancels, so that a frame on which
/// they contradict each other most could look like one that is known.
class CommitteeLabels : public PseudoLabels {
  public:
    /// The pool must live as long as this. Throws ConfigError for a task without committee.
    CommitteeLabels(const FeaturePool& pool, const Json& task);

    std::vector<Labels> labels(const SomeFrames& frames, std::size_t superbatch,
                               bool want_stress) const override;
    /// Of the members and the pool's model together.
    std::vector<FrameSpread> spread(const SomeFrames& frames) const override;
    /// {"kind", "members": [names]}.
    Json report() const override;

  private:
    const nn::Network& network_;
    std::uint64_t seed_, cycle_;
    std::size_t chunk_;
    std::vector<OtherModel> members_;
};

/// Whether the task names a "committee". Throws ConfigError for something else than a list of models.
bool has_committee(const Json& task);

}  // namespace fibonaqi::worker
