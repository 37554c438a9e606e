// Runs fibonaqi-worker for a subcommand.
#pragma once

#include "fibonaqi/base/json.hpp"

namespace fibonaqi::cli {

/// Runs `task` in a fibonaqi-worker (task and result live in a temporary folder), its log lines going to our
/// stderr, and returns its result record. A failure of the worker becomes an Error with the same message and
/// exit code; a crash an Error that names the signal.
Json run_worker(const Json& task);

}  // namespace fibonaqi::cli
