// One sister program at work: task file in, result file out. Used by the task runner only.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "fibonaqi/campaign/layout.hpp"
#include "fibonaqi/campaign/task_runner.hpp"

namespace fibonaqi {

/// A run that was started, or that an earlier engine started, or whose result it left. Not thread-safe.
class TaskProcess {
  public:
    /// Both must outlive this object.
    TaskProcess(const TaskRun& run, TaskHost& host);

    /// Takes over the result of an earlier run of the same task, or the run itself where it goes on in a
    /// queue; else removes what an earlier run left, writes the task and starts the program. Throws Error for
    /// a program that cannot be started, FileError, DiskFullError.
    void start();

    /// Looks whether the program has ended, and reads its result then. Throws FileError, DiskFullError.
    void poll();

    /// SIGTERM to a program that still runs; kill() is for one that does not listen.
    void ask_to_end();
    void kill();

    bool is_started() const { return program_ || end_; }
    bool is_ended() const { return end_.has_value(); }
    bool is_running() const { return is_started() && !is_ended(); }
    const TaskEnd& end() const { return end_.value(); }

    /// done and total as the program last said; total 0 before it did.
    StageProgress progress() const;

  private:
    void finish(const HostedEnd& ended);

    const TaskRun& run_;
    TaskHost& host_;
    TaskFiles files_;
    std::unique_ptr<HostedProgram> program_;
    std::optional<TaskEnd> end_;
};

}  // namespace fibonaqi
