#include "workflows/worker/row_source.hpp"

#include "fibonaqi/base/contract.hpp"
#include "fibonaqi/base/error.hpp"

#include "workflows/worker/featurizer.hpp"
#include "workflows/worker/model_rows.hpp"
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
    FrameScores scores(const std::vector<std::uint64_t>&, std::size_t) override { return {}; }
    at::Tensor labelled_rows(std::size_t) override { FIBONAQI_EXPECT(false); }
    std::optional<at::Tensor> atom_rows(std::uint64_t, std::size_t) override { FIBONAQI_EXPECT(false); }
    const FrameSet* frames() const override { return frames_ ? &*frames_ : nullptr; }
    std::vector<FrameSpread> spread(const std::vector<std::uint64_t>&) const override { return {}; }
    Json pseudo_labels() const override { return nullptr; }

  private:
    at::Tensor matrix_;
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

std::unique_ptr<RowSource> frames_without_rows(const Json& task) {
    FrameSet frames = plain_frames(text(task, "data"));
    const auto count = static_cast<std::int64_t>(frames.size());
    return std::make_unique<StoredRows>(at::empty({count, 0}, at::kDouble), std::move(frames), RowOptions());
}

}  // namespace

std::unique_ptr<RowSource> make_row_source(const Json& task, const RowNeeds& needs) {
    if (has(task, "features")) {
        return stored_rows(task);
    }
    return needs.features || needs.scores ? model_rows(task, needs) : frames_without_rows(task);
}

}  // namespace fibonaqi::worker
