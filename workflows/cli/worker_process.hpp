// Runs fibonaqi-worker, and other programs of this project, for a subcommand.
#pragma once

#include <filesystem>
#include <string>

#include "fibonaqi/base/json.hpp"

namespace fibonaqi::cli {

/// Runs `task` in a fibonaqi-worker (task and result live in a temporary folder), its log lines going to our
/// stderr, and returns its result record. A failure of the worker becomes an Error with the same message and
/// exit code; a crash an Error that names the signal.
Json run_worker(const Json& task);

/// What a worker gave, and what it took.
struct WorkerRun {
    Json result;
    double cpu_seconds = 0.0;  ///< user and system
};

/// The same with its log lines in `log`, which is truncated, and without progress on the terminal: for many
/// small tasks.
WorkerRun run_worker_quietly(const Json& task, const std::filesystem::path& log);

/// The same for any sister program ("fibonaqi-md").
WorkerRun run_quietly(const std::string& program, const Json& task, const std::filesystem::path& log);

}  // namespace fibonaqi::cli
