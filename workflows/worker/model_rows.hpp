// Rows and scores that a model computes from frames.
#pragma once

#include "workflows/worker/row_source.hpp"

namespace fibonaqi::worker {

/// From the keys of a task that describe the pool. Throws ConfigError for keys that contradict each other, or
/// that nothing would look at.
std::unique_ptr<RowSource> model_rows(const Json& task, const RowNeeds& needs);

}  // namespace fibonaqi::worker
