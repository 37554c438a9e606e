#include "workflows/worker/row_source.hpp"

#include "fibonaqi/base/contract.hpp"
#include "fibonaqi/base/error.hpp"
#include "fibonaqi/model/stored_matrix.hpp"

#include "workflows/worker/featurizer.hpp"
#include "workflows/worker/model_rows.hpp"
#include "workflows/worker/task_keys.hpp"

namespace fibonaqi::worker {
namespace {

// What needs a model, and has none here.
class WithoutModel : public RowSource {
  public:
    FrameScores scores(const std::vector<std::uint64_t>&, std::size_t) override { return {}; }
    at::Tensor labelled_rows(std::size_t) override { FIBONAQI_EXPECT(false); }
    std::optional<at::Tensor> atom_rows(std::uint64_t, std::size_t) override { FIBONAQI_EXPECT(false); }
    std::vector<FrameSpread> spread(const std::vector<std::uint64_t>&) const override { return {}; }
    Json pseudo_labels() const override { return nullptr; }
};

// Frames for strategies that look at none of their rows.
class FramesAlone : public WithoutModel {
  public:
    explicit FramesAlone(FrameSet frames) : frames_(std::move(frames)) {}
    std::size_t size() const override { return frames_.size(); }
    at::Tensor rows(const std::vector<std::uint64_t>& ids, std::size_t) override {
        return at::empty({static_cast<std::int64_t>(ids.size()), 0}, at::kDouble);
    }
    const FrameSet* frames() const override { return &frames_; }

  private:
    FrameSet frames_;
};

// Rows of a stored matrix; frames only to be written out again.
class StoredRows : public WithoutModel {
  public:
    StoredRows(StoredMatrix matrix, std::optional<FrameSet> frames, const RowOptions& options)
        : matrix_(std::move(matrix)), frames_(std::move(frames)), options_(options) {}
    std::size_t size() const override { return matrix_.rows(); }
    at::Tensor rows(const std::vector<std::uint64_t>& ids, std::size_t) override {
        const std::vector<at::Tensor> blocks{nn::to_tensor(matrix_.read(ids))};
        return RowTreatment(blocks, options_).apply(blocks);
    }
    const FrameSet* frames() const override { return frames_ ? &*frames_ : nullptr; }

  private:
    StoredMatrix matrix_;
    std::optional<FrameSet> frames_;
    RowOptions options_;
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
    for (const char* key : {"model", "kind", "loss", "dtype", "pseudo_labels", "per_atom", "last_layer",
                            "directions", "committee", "labelled"}) {
        if (has(task, key)) {
            throw ConfigError(std::string("features and ") + key +
                              " are both given (stored features need no model) leave one out");
        }
    }
    StoredMatrix matrix(text(task, "features"));
    std::optional<FrameSet> frames;
    if (has(task, "data")) {
        frames = plain_frames(text(task, "data"));
        if (frames->size() != matrix.rows()) {
            throw ConfigError(
                "features have " + std::to_string(matrix.rows()) + " rows and data has " +
                std::to_string(frames->size()) +
                " frames (one row per frame is needed) give the file that the features came from");
        }
    }
    return std::make_unique<StoredRows>(std::move(matrix), std::move(frames), row_options(task));
}

std::unique_ptr<RowSource> frames_without_rows(const Json& task) {
    return std::make_unique<FramesAlone>(plain_frames(text(task, "data")));
}

}  // namespace

std::unique_ptr<RowSource> make_row_source(const Json& task, const RowNeeds& needs) {
    if (has(task, "features")) {
        return stored_rows(task);
    }
    return needs.features || needs.scores ? model_rows(task, needs) : frames_without_rows(task);
}

}  // namespace fibonaqi::worker
