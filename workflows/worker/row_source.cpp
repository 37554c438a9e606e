#include "workflows/worker/row_source.hpp"

#include "fibonaqi/base/contract.hpp"
#include "fibonaqi/base/error.hpp"
#include "fibonaqi/base/log.hpp"
#include "fibonaqi/nn/atom_gradients.hpp"

#include "workflows/worker/featurizer.hpp"
#include "workflows/worker/progress.hpp"
#include "workflows/worker/pseudo_labels.hpp"
#include "workflows/worker/task_keys.hpp"

namespace fibonaqi::worker {
namespace {

// Rows of a stored matrix; frames only to be written out again.
class StoredRows : public RowSource {
  public:
    StoredRows(const at::Tensor& matrix, std::optional<FrameSet> frames, const RowOptions& options)
        : matrix_(matrix), frames_(std::move(frames)), options_(options) {}
    std::size_t size() const override { return static_cast<std::size_t>(matrix_.size(0)); }
    at::Tensor rows(const std::vector<std::uint64_t>& ids, std::size_t) override {
        const std::vector<std::int64_t> index(ids.begin(), ids.end());
        const std::vector<at::Tensor> blocks{matrix_.index_select(0, at::tensor(index, at::kLong))};
        return RowTreatment(blocks, options_).apply(blocks);
    }
    at::Tensor labelled_rows(std::size_t) override { FIBONAQI_EXPECT(false); }
    std::optional<at::Tensor> atom_rows(std::uint64_t, std::size_t) override { FIBONAQI_EXPECT(false); }
    const FrameSet* frames() const override { return frames_ ? &*frames_ : nullptr; }
    std::optional<nn::PredictedSpread> spread(const std::vector<std::uint64_t>&) const override {
        return std::nullopt;
    }
    Json pseudo_labels() const override { return nullptr; }

  private:
    at::Tensor matrix_;
    std::optional<FrameSet> frames_;
    RowOptions options_;
};

// Rows computed when their superbatch is due.
class ModelRows : public RowSource {
  public:
    ModelRows(FeaturePool pool, const FeatureSettings& settings, std::optional<PseudoLabeler> labeler)
        : pool_(std::move(pool)),
          settings_(settings),
          featurizer_(settings, pool_.network.get(), pool_.columns),
          labeler_(std::move(labeler)),
          progress_("features") {}

    std::size_t size() const override { return pool_.frames.size(); }

    at::Tensor rows(const std::vector<std::uint64_t>& ids, std::size_t superbatch) override {
        std::vector<Labels> labels;
        for (const std::uint64_t id : ids) {
            labels.push_back(pool_.frames.labels[id]);
        }
        const auto blocks =
            blocks_of(graphs_of(ids), std::move(labels), superbatch,
                      [&](std::size_t done, std::size_t) { progress_.report(done_ + done, size()); });
        done_ += ids.size();
        treatment_.emplace(blocks, settings_.rows);
        return treatment_->apply(blocks);
    }
    at::Tensor labelled_rows(std::size_t superbatch) override {
        FIBONAQI_EXPECT(treatment_ && pool_.labelled);
        return treatment_->apply(blocks_of(pool_.labelled->graphs, pool_.labelled->labels, superbatch, {}));
    }
    std::optional<at::Tensor> atom_rows(std::uint64_t id, std::size_t superbatch) override {
        nn::FeatureOptions options = featurizer_.options();
        options.kind = settings_.kinds[0];
        if (settings_.kinds.size() > 1 || !nn::is_sum_over_atoms(options.kind)) {
            return std::nullopt;
        }
        const AtomGraph& graph = pool_.frames.graphs[id];
        const std::vector<Labels> labels = labels_of({&graph, 1}, {pool_.frames.labels[id]}, superbatch);
        return nn::atom_gradients(*pool_.network, graph, labels[0], options);
    }
    const FrameSet* frames() const override { return &pool_.frames; }

    std::optional<nn::PredictedSpread> spread(const std::vector<std::uint64_t>& ids) const override {
        if (!labeler_ || ids.empty()) {
            return std::nullopt;
        }
        return labeler_->spread(graphs_of(ids));
    }

    Json pseudo_labels() const override { return labeler_ ? labeler_->report() : Json(nullptr); }

  private:
    std::vector<AtomGraph> graphs_of(const std::vector<std::uint64_t>& ids) const {
        std::vector<AtomGraph> graphs;
        for (const std::uint64_t id : ids) {
            graphs.push_back(pool_.frames.graphs[id]);
        }
        return graphs;
    }

    std::vector<at::Tensor> blocks_of(std::span<const AtomGraph> graphs, std::vector<Labels> own,
                                      std::size_t superbatch, const nn::ChunkProgress& progress) const {
        return featurizer_.blocks(graphs, labels_of(graphs, std::move(own), superbatch), progress);
    }

    // What the loss compares with: pseudo labels where they were asked for, else those that the frames have.
    std::vector<Labels> labels_of(std::span<const AtomGraph> graphs, std::vector<Labels> own,
                                  std::size_t superbatch) const {
        return labeler_ ? labeler_->labels(graphs, superbatch, settings_.loss.options.weights.stress != 0.0)
                        : std::move(own);
    }

    FeaturePool pool_;
    FeatureSettings settings_;
    Featurizer featurizer_;
    std::optional<PseudoLabeler> labeler_;
    std::optional<RowTreatment> treatment_;  // of the last superbatch
    Progress progress_;
    std::size_t done_ = 0;
};

// Frames that nothing is computed for.
FrameSet plain_frames(const std::string& path) {
    FrameFile file = read_extxyz(path);
    FrameSet frames;
    frames.frames = std::move(file.frames);
    frames.audit = std::move(file.audit);
    return frames;
}

std::unique_ptr<RowSource> stored_rows(const Json& task) {
    for (const char* key : {"model", "kind", "loss", "dtype", "pseudo_labels", "per_atom", "directions"}) {
        if (has(task, key)) {
            throw ConfigError(std::string("features and ") + key +
                              " are both given (stored features need no model) leave one out");
        }
    }
    const at::Tensor matrix = nn::to_tensor(read_npy(text(task, "features")));
    std::optional<FrameSet> frames;
    if (has(task, "data")) {
        frames = plain_frames(text(task, "data"));
        if (static_cast<std::int64_t>(frames->size()) != matrix.size(0)) {
            throw ConfigError(
                "features have " + std::to_string(matrix.size(0)) + " rows and data has " +
                std::to_string(frames->size()) +
                " frames (one row per frame is needed) give the file that the features came from");
        }
    }
    return std::make_unique<StoredRows>(matrix, std::move(frames), row_options(task));
}

std::unique_ptr<RowSource> model_rows(const Json& task) {
    const FeatureSettings settings = feature_settings(task, "loss_gradient");
    const LossSection& loss = settings.loss;
    const auto pseudo = pseudo_label_options(task, loss.options.weights);
    if (pseudo && !settings.needs_labels()) {
        throw ConfigError(
            "pseudo_labels are given, and no kind of features uses labels (only loss_gradient does) leave "
            "them out");
    }
    FeaturePool pool = open_pool(task, settings);
    std::optional<PseudoLabeler> labeler;
    if (pseudo && pool.frames.size() > 0) {
        log::info(
            "labels of the candidates, if any, are not used: pseudo labels from the last-layer posterior");
        labeler.emplace(*pool.network, pool.frames, *pseudo, task);
    } else if (settings.needs_labels()) {
        refuse_own_predictions(pool.frames.frames, pool.frames.audit,
                               "use pseudo labels, or the kind prediction_gradient");
        if (loss.fit_e0) {
            refit_e0(*pool.network, pool.frames);
        }
    }
    return std::make_unique<ModelRows>(std::move(pool), settings, std::move(labeler));
}

std::unique_ptr<RowSource> frames_without_rows(const Json& task) {
    FrameSet frames = plain_frames(text(task, "data"));
    const auto count = static_cast<std::int64_t>(frames.size());
    return std::make_unique<StoredRows>(at::empty({count, 0}, at::kDouble), std::move(frames), RowOptions());
}

}  // namespace

std::unique_ptr<RowSource> make_row_source(const Json& task, bool needs_features) {
    if (has(task, "features")) {
        return stored_rows(task);
    }
    return needs_features ? model_rows(task) : frames_without_rows(task);
}

}  // namespace fibonaqi::worker
