#include "workflows/worker/select_inputs.hpp"

#include "fibonaqi/base/error.hpp"
#include "fibonaqi/nn/features.hpp"

#include "workflows/worker/task_keys.hpp"

namespace fibonaqi::worker {
namespace {

void read_scores(const Json& task, const Selector& selector, std::size_t pool, SelectInputs& inputs) {
    const std::size_t wanted = selector.needs_reference_scores() ? 2 : selector.needs_scores() ? 1 : 0;
    if (has(task, "scores") && task.at("scores").is_object()) {
        return;
    }
    if (!has(task, "scores")) {
        if (wanted > 0) {
            throw ConfigError("scores are missing (strategy " + selector.name() + " goes by " +
                              (wanted == 2 ? "two numbers per frame, its loss and that of a reference model"
                                           : "a number per frame, its loss or the deviation of a committee") +
                              ") give a .npy file with a row per frame, or have them computed");
        }
        return;
    }
    if (wanted == 0) {
        throw ConfigError("scores are given (strategy " + selector.name() +
                          " does not look at them) leave them out");
    }
    const FeatureMatrix matrix = read_npy(text(task, "scores"));
    if (matrix.rows != pool || matrix.columns != wanted) {
        throw ConfigError("scores have " + std::to_string(matrix.rows) + " rows and " +
                          std::to_string(matrix.columns) + " columns (strategy " + selector.name() +
                          " needs " + std::to_string(wanted) + " for each of the " + std::to_string(pool) +
                          " frames) give the file that belongs to the pool");
    }
    for (std::size_t row = 0; row < pool; ++row) {
        inputs.scores.push_back(matrix.row(row)[0]);
        if (wanted == 2) {
            inputs.reference_scores.push_back(matrix.row(row)[1]);
        }
    }
}

void read_labelled(const Json& task, const Selector& selector, SelectInputs& inputs) {
    if (!has(task, "labelled_features")) {
        return;
    }
    if (!selector.uses_labelled()) {
        throw ConfigError("labelled_features are given (strategy " + selector.name() +
                          " does not look at them) leave them out");
    }
    const at::Tensor rows = nn::to_tensor(read_npy(text(task, "labelled_features")));
    const at::Tensor unusable = at::nonzero(at::isfinite(rows).all(1).logical_not());
    if (unusable.size(0) > 0) {
        throw ConfigError(
            "row " + std::to_string(unusable[0][0].item<std::int64_t>()) +
            " of labelled_features is not finite (nothing can be near to it) leave that row out");
    }
    inputs.labelled = rows;
}

}  // namespace

void SelectInputs::apply_to(SelectionRequest& request, std::int64_t columns) const {
    for (const std::uint64_t id : request.ids) {
        if (!scores.empty()) {
            request.scores.push_back(scores[id]);
        }
        if (!reference_scores.empty()) {
            request.reference_scores.push_back(reference_scores[id]);
        }
    }
    if (labelled) {
        if (labelled->size(1) != columns) {
            throw ConfigError("labelled_features have " + std::to_string(labelled->size(1)) +
                              " columns and the features of the pool " + std::to_string(columns) +
                              " (they cannot be compared) compute both with the same model and kind");
        }
        request.labelled = &*labelled;
    }
}

SelectInputs read_select_inputs(const Json& task, const Selector& selector, std::size_t pool) {
    SelectInputs inputs;
    read_scores(task, selector, pool, inputs);
    read_labelled(task, selector, inputs);
    return inputs;
}

}  // namespace fibonaqi::worker
