// What the rows of a task are made of: the keys that the tasks "features" and "select" share.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <ATen/ATen.h>

#include "fibonaqi/base/json.hpp"
#include "fibonaqi/nn/features.hpp"
#include "fibonaqi/select/row_treatment.hpp"

#include "workflows/worker/sources.hpp"
#include "workflows/worker/task_keys.hpp"

namespace fibonaqi::worker {

/// One block of a row: computed, or read from a matrix of the user's.
struct FeatureBlock {
    nn::FeatureKind kind = nn::FeatureKind::loss_gradient;
    std::string file;  ///< .npy, a row per frame of the pool; then `kind` means nothing
};

/// Settings of "kind", "loss", "last_layer", "per_atom", "directions", "chunk", "normalise_rows" and
/// "clip_norm".
struct FeatureSettings {
    std::vector<FeatureBlock> blocks;  ///< side by side
    RowOptions rows;
    LossSection loss;
    nn::ReadoutSet readouts = nn::ReadoutSet::final_linear;
    bool is_per_atom = false;
    std::size_t directions = 32;
    std::size_t chunk = nn::default_chunk;

    bool needs_model() const;
    bool needs_labels() const;
};

/// `fallback`: the kind where the task has none; empty: then it must name one. Throws ConfigError.
FeatureSettings feature_settings(const Json& task, const std::string& fallback);

/// "normalise_rows" and "clip_norm" alone, of rows that are stored. Throws ConfigError.
RowOptions row_options(const Json& task);

/// The keys that feature_settings reads, for check_keys.
const std::vector<std::string>& feature_keys();

/// Cutoff of the kind geometry where no model gives one [angstrom].
inline constexpr double default_geometry_cutoff = 5.0;

/// What features are computed of.
struct FeaturePool {
    std::unique_ptr<nn::Network> network;  ///< null where the task names no model
    std::string model_sha256;
    FrameSet frames;
    std::optional<FrameSet> labelled;  ///< others that are compared with them
    nn::InputColumns columns;
};

/// What of a task is to be opened.
struct PoolNeeds {
    bool model = true;      ///< ConfigError where the task names none; else it may
    bool labelled = false;  ///< the frames of "labelled"
};

/// Opens the task's "model" and reads its "data" and, where asked for, "labelled". Throws ConfigError.
FeaturePool open_pool(const Json& task, const PoolNeeds& needs);

/// Gives the blocks of some frames; RowTreatment makes rows of them.
class Featurizer {
  public:
    /// The pool must live as long as this, at its place. Throws ConfigError for a matrix that does not fit
    /// it.
    Featurizer(const FeatureSettings& settings, const FeaturePool& pool);

    /// One per block of the settings, for frames of the pool or, where nothing is read from files, others.
    /// `labels` may be empty where no kind needs them.
    std::vector<at::Tensor> blocks(const SomeFrames& frames, std::span<const Labels> labels,
                                   const nn::ChunkProgress& progress) const;

    /// Of every block but for its kind.
    const nn::FeatureOptions& options() const { return options_; }

  private:
    at::Tensor stored_block(std::size_t block, const SomeFrames& frames) const;

    FeatureSettings settings_;
    const FeaturePool& pool_;
    nn::FeatureOptions options_;
    std::vector<at::Tensor> stored_;  // per block; undefined where it is computed
};

}  // namespace fibonaqi::worker
