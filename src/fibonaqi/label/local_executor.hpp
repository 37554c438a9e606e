// Runs label supervisors on this machine.
#pragma once

#include <map>
#include <memory>

#include "fibonaqi/label/executor.hpp"

namespace fibonaqi {

/// Starts `fibonaqi-label TASK.json ...` for each pack. A supervisor outlives this object and this process on
/// purpose: what it computes is paid for, and the next engine adopts it by its handle. A handle is
/// "local:<pid>:<start time of the process>:<boot id>", so that a recycled pid is never taken for a job.
class LocalExecutor : public Executor {
  public:
    /// `supervisor` is the absolute path of fibonaqi-label; `slots` > 0.
    LocalExecutor(std::filesystem::path supervisor, std::size_t slots);
    ~LocalExecutor() override;

    std::size_t slots() const override { return slots_; }
    void start(const std::vector<ExecutorJob>& pack) override;
    /// An empty handle (the engine died between launch and record) is looked up by the task file on the
    /// command lines of this machine's processes.
    void adopt(const ExecutorJob& job, const std::string& handle) override;
    std::string handle(const std::string& key) const override;
    /// finished: the result file is there. lost: the supervisor is gone and left no result.
    JobState poll(const std::string& key) override;
    /// SIGTERM (the supervisor ends the program and reports `cancelled`), after `cancel_grace` SIGKILL.
    /// Returns at once; poll tells when it is over.
    void cancel(const std::string& key) override;

  private:
    struct Supervisor;
    struct Job;
    std::filesystem::path supervisor_;
    std::size_t slots_;
    std::map<std::string, std::unique_ptr<Job>> jobs_;
};

}  // namespace fibonaqi
