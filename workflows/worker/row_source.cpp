#include "workflows/worker/row_source.hpp"

#include "fibonaqi/base/contract.hpp"
#include "fibonaqi/base/error.hpp"
#include "fibonaqi/base/log.hpp"
#include "fibonaqi/nn/atom_gradients.hpp"
#include "fibonaqi/nn/features.hpp"

#include "workflows/worker/progress.hpp"
#include "workflows/worker/pseudo_labels.hpp"
#include "workflows/worker/task_keys.hpp"

namespace fibonaqi::worker {
namespace {

// Rows of a stored matrix; frames only to be written out again.
class StoredRows : public RowSource {
  public:
    StoredRows(const at::Tensor& matrix, std::optional<FrameSet> frames)
        : matrix_(matrix), frames_(std::move(frames)) {}
    std::size_t size() const override { return static_cast<std::size_t>(matrix_.size(0)); }
    at::Tensor rows(const std::vector<std::uint64_t>& ids, std::size_t) override {
        const std::vector<std::int64_t> index(ids.begin(), ids.end());
        return matrix_.index_select(0, at::tensor(index, at::kLong));
    }
    at::Tensor rows_of_file(const std::string&, std::size_t) override { FIBONAQI_EXPECT(false); }
    at::Tensor atom_rows(std::uint64_t, std::size_t) override { FIBONAQI_EXPECT(false); }
    const FrameSet* frames() const override { return frames_ ? &*frames_ : nullptr; }
    std::optional<nn::PredictedSpread> spread(const std::vector<std::uint64_t>&) const override {
        return std::nullopt;
    }
    Json pseudo_labels() const override { return nullptr; }

  private:
    at::Tensor matrix_;
    std::optional<FrameSet> frames_;
};

// Rows computed when their superbatch is due.
class ModelRows : public RowSource {
  public:
    ModelRows(std::unique_ptr<nn::Network> network, FrameSet frames, const nn::FeatureOptions& options,
              std::optional<PseudoLabeler> labeler)
        : network_(std::move(network)),
          frames_(std::move(frames)),
          options_(options),
          labeler_(std::move(labeler)),
          progress_("features") {}

    std::size_t size() const override { return frames_.size(); }

    at::Tensor rows(const std::vector<std::uint64_t>& ids, std::size_t superbatch) override {
        const std::vector<AtomGraph> graphs = graphs_of(ids);
        std::vector<Labels> labels;
        for (const std::uint64_t id : ids) {
            labels.push_back(frames_.labels[id]);
        }
        nn::FeatureOptions options = options_;
        options.progress = [&](std::size_t done, std::size_t) { progress_.report(done_ + done, size()); };
        const at::Tensor rows =
            nn::feature_rows(*network_, graphs, labels_of(graphs, std::move(labels), superbatch), options);
        done_ += ids.size();
        return rows;
    }
    at::Tensor rows_of_file(const std::string& path, std::size_t superbatch) override {
        const FrameSet frames = read_frames(path, network_->card().cutoff);
        return nn::feature_rows(*network_, frames.graphs, labels_of(frames.graphs, frames.labels, superbatch),
                                options_);
    }
    at::Tensor atom_rows(std::uint64_t id, std::size_t superbatch) override {
        const std::vector<Labels> labels =
            labels_of({&frames_.graphs[id], 1}, {frames_.labels[id]}, superbatch);
        return nn::atom_gradients(*network_, frames_.graphs[id], labels[0], options_);
    }
    const FrameSet* frames() const override { return &frames_; }

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
            graphs.push_back(frames_.graphs[id]);
        }
        return graphs;
    }

    // What the loss compares with: pseudo labels where they were asked for, else those that the frames have.
    std::vector<Labels> labels_of(std::span<const AtomGraph> graphs, std::vector<Labels> own,
                                  std::size_t superbatch) const {
        return labeler_ ? labeler_->labels(graphs, superbatch, options_.loss.weights.stress != 0.0)
                        : std::move(own);
    }

    std::unique_ptr<nn::Network> network_;
    FrameSet frames_;
    nn::FeatureOptions options_;
    std::optional<PseudoLabeler> labeler_;
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
    for (const char* key : {"model", "kind", "loss", "dtype", "pseudo_labels"}) {
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
    return std::make_unique<StoredRows>(matrix, std::move(frames));
}

std::unique_ptr<RowSource> model_rows(const Json& task) {
    const LossSection loss = loss_section(task);
    nn::FeatureOptions options;
    options.kind = nn::feature_kind_from(text(task, "kind", "loss_gradient"));
    options.loss = loss.options;
    options.per_atom = flag(task, "per_atom", false);
    options.chunk = std::max<std::size_t>(1, count(task, "chunk", nn::default_chunk));
    const auto pseudo = pseudo_label_options(task, loss.options.weights);
    const bool needs_labels = options.kind == nn::FeatureKind::loss_gradient;
    if (pseudo && !needs_labels) {
        throw ConfigError("pseudo_labels are given for kind " + text(task, "kind") +
                          " (only loss_gradient uses labels) leave them out");
    }
    std::unique_ptr<nn::Network> network = open_network(task);
    FrameSet frames = read_frames(text(task, "data"), network->card().cutoff);
    std::optional<PseudoLabeler> labeler;
    if (pseudo && frames.size() > 0) {
        log::info(
            "labels of the candidates, if any, are not used: pseudo labels from the last-layer posterior");
        labeler.emplace(*network, frames, *pseudo, task);
    } else if (needs_labels) {
        refuse_own_predictions(frames.frames, frames.audit,
                               "use pseudo labels, or the kind prediction_gradient");
        if (loss.fit_e0) {
            refit_e0(*network, frames);
        }
    }
    return std::make_unique<ModelRows>(std::move(network), std::move(frames), options, std::move(labeler));
}

std::unique_ptr<RowSource> frames_without_rows(const Json& task) {
    FrameSet frames = plain_frames(text(task, "data"));
    const auto count = static_cast<std::int64_t>(frames.size());
    return std::make_unique<StoredRows>(at::empty({count, 0}, at::kDouble), std::move(frames));
}

}  // namespace

std::unique_ptr<RowSource> make_row_source(const Json& task, bool needs_features) {
    if (has(task, "features")) {
        return stored_rows(task);
    }
    return needs_features ? model_rows(task) : frames_without_rows(task);
}

}  // namespace fibonaqi::worker
