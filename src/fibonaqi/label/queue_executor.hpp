// Runs label supervisors as jobs of a cluster's queue.
#pragma once

#include <map>
#include <memory>

#include "fibonaqi/label/batch_queue.hpp"
#include "fibonaqi/label/executor.hpp"

namespace fibonaqi {

struct QueueOptions {
    std::size_t slots = 1;          ///< jobs in the queue at the same time
    BatchResources resources = {};  ///< of each
    double file_seconds = 60.0;     ///< so long a result may take to be seen after its job has ended
    double look_seconds = 1.0;      ///< between looks for one result file
};

/// One job per pack: `fibonaqi-label --seconds S TASK.json ...` on the node, the supervisor that runs here
/// too. Results come through the shared file system and are looked for first; the queue is asked about what
/// has none. A handle is "slurm:<job name>:<id>". The name is the sha256 of the pack's task files, written
/// beside each before the submission, so that a crash around it is repaired: the next engine asks the queue
/// for the name.
class QueueExecutor : public Executor {
  public:
    /// `supervisor` is the absolute path of fibonaqi-label, on the nodes too. The queue is this object's own.
    QueueExecutor(std::filesystem::path supervisor, std::unique_ptr<BatchQueue> queue,
                  const QueueOptions& options);
    ~QueueExecutor() override;

    std::size_t slots() const override { return options_.slots; }
    void start(const std::vector<ExecutorJob>& pack) override;
    void adopt(const ExecutorJob& job, const std::string& handle) override;
    std::string handle(const std::string& key) const override;
    /// lost: the job has left the queue, or was never in it, and no result came within file_seconds. The
    /// loss says how the queue ended it.
    JobReport poll(const std::string& key) override;
    void cancel(const std::string& key) override;
    std::string hold() const override { return queue_->trouble(); }
    std::string remark() const override { return queue_->remark(); }
    bool keeps_jobs() const override { return true; }

  private:
    struct Pack;
    struct Job;
    bool is_over(Pack& pack);
    bool has_result(Job& job);

    std::filesystem::path supervisor_;
    std::unique_ptr<BatchQueue> queue_;
    QueueOptions options_;
    std::map<std::string, std::unique_ptr<Job>> jobs_;
};

/// How a job that left no result has ended, as a failure: time, memory, cancelled, or whatever else.
LabelFailure loss_of(const BatchStatus& status);

/// A text that a POSIX shell reads as one word.
std::string shell_word(const std::string& text);

}  // namespace fibonaqi
