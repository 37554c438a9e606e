// Running label supervisors: start them, ask about them, stop them.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "fibonaqi/label/label_driver.hpp"

namespace fibonaqi {

/// Limits for one run of a quantum-mechanical program [seconds]. Soft: the program is asked to end itself.
/// Hard: its process group gets SIGTERM, then, after `grace`, SIGKILL. Stall: no byte of output for so long.
struct LabelLimits {
    double soft_seconds = 540.0;
    double hard_seconds = 600.0;
    double grace_seconds = 10.0;
    double stall_seconds = 300.0;
    double max_output_MB = 200.0;
    int max_attempts = 4;  ///< launches for one label: the first, and remedies (LabelDriver::remedy)
};

/// One label for a supervisor: fibonaqi-label on a task file; the result file is its last act for this label.
struct ExecutorJob {
    std::string key;                  ///< label key: names the job wherever it can be seen
    std::filesystem::path directory;  ///< of the attempt: made by the supervisor when it begins
    std::filesystem::path task_file;
    std::filesystem::path result_file;
    std::filesystem::path log_file;
};

/// finished: the result file is there. lost: the supervisor is gone and left none. not_begun: it is gone too,
/// but had not come to this label of its pack, while it did finish others.
enum class JobState { running, finished, lost, not_begun };

/// How a job stands. `loss` is set for lost only: what ended the supervisor, as far as anybody knows.
struct JobReport {
    JobState state = JobState::running;
    LabelFailure loss = {};
};

/// Runs supervisors, at most `slots()` at a time. Not thread-safe: one owner polls.
class Executor {
  public:
    virtual ~Executor() = default;
    virtual std::size_t slots() const = 0;
    /// Starts one supervisor for these labels, which it computes one after the other: they take one slot, and
    /// each can be polled as soon as its own result is there. The caller keeps to slots(). Throws Error if it
    /// cannot be started.
    virtual void start(const std::vector<ExecutorJob>& pack) = 0;
    /// Takes over a job that an earlier engine started and that may still run (or have ended).
    virtual void adopt(const ExecutorJob& job, const std::string& handle) = 0;
    /// How another engine could find the job again: stored in the ledger. Local: pid, start time, boot id.
    virtual std::string handle(const std::string& key) const = 0;
    /// How a job stands that was started or adopted and is running as far as was said. Throws Error when a
    /// job could not be started after all.
    virtual JobReport poll(const std::string& key) = 0;
    /// Ends the supervisor of this label and everything it started: the other labels of its pack too.
    virtual void cancel(const std::string& key) = 0;
    /// Why nothing should be started at this moment, though a slot is free: too little memory, a queue that
    /// does not answer. Passes by itself. Empty: nothing is against it.
    virtual std::string hold() const { return ""; }
    /// What a person who waits wants to know: that jobs have not begun yet, and why. May be empty.
    virtual std::string remark() const { return ""; }
    /// A stop that lets running labels finish need not wait for them: they may not even have begun, and the
    /// next engine adopts them.
    virtual bool keeps_jobs() const { return false; }
};

/// The loss of a supervisor of which nothing is known.
LabelFailure untold_loss();

}  // namespace fibonaqi
