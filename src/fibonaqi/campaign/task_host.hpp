// Where sister programs run: children of the engine, or jobs in a cluster's queue.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "fibonaqi/base/json.hpp"
#include "fibonaqi/base/subprocess.hpp"
#include "fibonaqi/campaign/layout.hpp"
#include "fibonaqi/label/executor_config.hpp"

namespace fibonaqi {

/// One run of fibonaqi-md or fibonaqi-worker in a folder of its own.
struct TaskRun {
    std::filesystem::path program;  ///< absolute
    std::filesystem::path folder;   ///< made when missing; file names: task_files() of layout.hpp
    Json task;                      ///< the record of docs/formats.md; "result" is added here
    std::string name;               ///< for messages: "walker 3 (2500 K)"
    std::vector<std::filesystem::path> outputs{};  ///< removed before the program starts: no stale ones
};

/// How a program ended. `told` is what the queue says of it, where that is all that is known; `may_resume`:
/// it was ended for its time, and goes on from what it has stored.
struct HostedEnd {
    ProcessEnd process;
    std::string told = {};
    bool may_resume = false;
};

/// A program that was started. Not thread-safe.
class HostedProgram {
  public:
    virtual ~HostedProgram() = default;
    /// Empty while it runs. Throws Error when it could not be started after all.
    virtual std::optional<HostedEnd> poll() = 0;
    virtual void ask_to_end() = 0;
    virtual void kill() = 0;
};

class TaskHost {
  public:
    virtual ~TaskHost() = default;
    virtual std::size_t at_once() const = 0;                     ///< programs that it runs side by side
    virtual std::size_t threads(std::size_t running) const = 0;  ///< of each, when so many run
    /// Starts the program on the task file of `files`. Throws Error when that cannot be done.
    virtual std::unique_ptr<HostedProgram> start(const TaskRun& run, const TaskFiles& files) = 0;
    /// The program that an earlier engine started on the same task and that may still run; null: none.
    virtual std::unique_ptr<HostedProgram> adopt(const TaskFiles& files) = 0;
};

/// Children of this process: they die with it, and with the object that start() returns.
class LocalHost : public TaskHost {
  public:
    explicit LocalHost(std::size_t cores) : cores_(cores) {}
    std::size_t at_once() const override { return cores_; }
    std::size_t threads(std::size_t running) const override;
    std::unique_ptr<HostedProgram> start(const TaskRun& run, const TaskFiles& files) override;
    std::unique_ptr<HostedProgram> adopt(const TaskFiles& files) override;

  private:
    std::size_t cores_;
};

/// Jobs of a queue. They outlive the engine; the next one adopts them by the name in TaskFiles::job. Their
/// results come through the shared file system.
class QueueHost : public TaskHost {
  public:
    QueueHost(std::unique_ptr<BatchQueue> queue, const BatchResources& resources)
        : queue_(std::move(queue)), resources_(resources) {}
    std::size_t at_once() const override;
    std::size_t threads(std::size_t running) const override;
    std::unique_ptr<HostedProgram> start(const TaskRun& run, const TaskFiles& files) override;
    std::unique_ptr<HostedProgram> adopt(const TaskFiles& files) override;

  private:
    std::unique_ptr<BatchQueue> queue_;
    BatchResources resources_;
};

/// By the section of the configuration; null or local: children on so many cores. Files of the queue's
/// commands go to `folder`.
std::unique_ptr<TaskHost> make_task_host(const ExecutorOptions& options, std::size_t cores,
                                         const std::filesystem::path& folder);

}  // namespace fibonaqi
