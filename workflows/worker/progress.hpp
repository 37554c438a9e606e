// Progress lines of the worker's tasks.
#pragma once

#include "workflows/task/progress.hpp"

namespace fibonaqi::worker {

using task::Progress;

}  // namespace fibonaqi::worker
