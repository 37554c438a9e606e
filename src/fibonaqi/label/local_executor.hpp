// Runs label supervisors on this machine.
#pragma once

#include <map>
#include <memory>

#include "fibonaqi/label/executor.hpp"

namespace fibonaqi {

/// What one label takes of this machine, and how many run at once.
struct LocalOptions {
    std::size_t slots = 1;
    double memory_MB = 0.0;  ///< nothing is started while less is available; 0: whatever there is
    int nice = 0;            ///< priority of the programs, from 0 to 19 (lowest)
};

/// Starts `fibonaqi-label TASK.json ...` for each pack. A supervisor outlives this object and this process on
/// purpose: what it computes is paid for, and the next engine adopts it by its handle. A handle is
/// "local:<pid>:<start time of the process>:<boot id>", so that a recycled pid is never taken for a job.
class LocalExecutor : public Executor {
  public:
    /// `supervisor` is the absolute path of fibonaqi-label; slots > 0.
    LocalExecutor(std::filesystem::path supervisor, const LocalOptions& options);
    ~LocalExecutor() override;

    std::size_t slots() const override { return options_.slots; }
    void start(const std::vector<ExecutorJob>& pack) override;
    /// An empty handle (the engine died between launch and record) is looked up by the task file on the
    /// command lines of this machine's processes.
    void adopt(const ExecutorJob& job, const std::string& handle) override;
    std::string handle(const std::string& key) const override;
    JobReport poll(const std::string& key) override;
    /// SIGTERM (the supervisor ends the program and reports `cancelled`), after `cancel_grace` SIGKILL.
    /// Returns at once; poll tells when it is over.
    void cancel(const std::string& key) override;
    /// A program takes its memory only after a while: those started lately count with all of theirs.
    std::string hold() const override;

  private:
    struct Supervisor;
    struct Job;
    std::filesystem::path supervisor_;
    LocalOptions options_;
    std::map<std::string, std::unique_ptr<Job>> jobs_;
};

/// Memory of this machine [MB], as /proc/meminfo says: all of it, and what a new program could get.
double total_memory();
double available_memory();

}  // namespace fibonaqi
