// Runs sister programs: task file in, result file out, several at a time, watched.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "fibonaqi/base/error.hpp"
#include "fibonaqi/base/json.hpp"
#include "fibonaqi/campaign/campaign_progress.hpp"
#include "fibonaqi/campaign/task_host.hpp"

namespace fibonaqi {

/// How it went. A program that crashed or refused its task is a value here, not an exception.
struct TaskEnd {
    Json result;          ///< null when there is none
    std::string problem;  ///< empty: all is well
    ExitCode code = ExitCode::ok;
    bool was_signaled = false;  ///< ended from outside, or by a crash
    double cpu_seconds = 0.0;
    double max_rss_kB = 0.0;
};

/// What tasks run in. `meanwhile`, where there is one, is called between looks at them.
struct TaskSurroundings {
    TaskHost& host;
    CampaignProgress& progress;
    std::function<void()> meanwhile = {};
};

/// Runs all of them on the host, at most `at_once` at a time; the ends are in the order of the runs. A run
/// whose folder holds the same task and a good result (of an engine that was killed later) is not repeated,
/// and one that is still at work in a queue is waited for. When a stop was asked for before all were started,
/// throws as throw_stopped does, after those that run have ended; so it does when the stop reached a child as
/// well, as it may when a machine is shut down: that is no crash. Throws Error for a program that cannot be
/// started, and with exit code stopped for one that found the storage full; FileError, DiskFullError.
std::vector<TaskEnd> run_tasks(const std::vector<TaskRun>& runs, std::size_t at_once,
                               const TaskSurroundings& in, const std::string& unit);

/// run_tasks of one; throws Error with the program's own message and exit code when it did not go well.
TaskEnd run_task(const TaskRun& run, const TaskSurroundings& in, const std::string& unit);

}  // namespace fibonaqi
