// What a selector is told beside the features of the candidates: scores, and rows of frames that have labels.
#pragma once

#include <optional>
#include <vector>

#include <ATen/ATen.h>

#include "fibonaqi/base/json.hpp"
#include "fibonaqi/select/selector.hpp"

namespace fibonaqi::worker {

/// Of a whole pool, from files; the index is the id of a candidate.
struct SelectInputs {
    std::vector<double> scores, reference_scores;  ///< one per candidate, or none
    std::optional<at::Tensor> labelled;            ///< [m, d]

    /// Fills in what belongs to request.ids. `columns`: of the features. Throws ConfigError where the
    /// labelled rows have another number of columns.
    void apply_to(SelectionRequest& request, std::int64_t columns) const;
};

/// Reads the .npy files of the keys "scores" (one column; a second one holds the reference scores) and
/// "labelled_features" of a select task. Scores that are computed (frame_scores.hpp) are none of them. Throws
/// ConfigError where the selector needs one that is absent or does not look at one that is given, and where
/// their sizes do not fit the pool.
SelectInputs read_select_inputs(const Json& task, const Selector& selector, std::size_t pool);

}  // namespace fibonaqi::worker
