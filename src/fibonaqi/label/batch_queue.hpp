// Jobs in a cluster's queue: each submitted once, all watched with one command, none forgotten.
//
// A queue's commands fail, hang, and lose their output; a job may be there although sbatch failed. So a name
// that is unlike any other stands for a job: before a submission is repeated the queue is asked for the name,
// and an engine that comes later finds its jobs by it.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "fibonaqi/label/batch_system.hpp"

namespace fibonaqi {

/// Patience with the queue [s].
struct BatchTiming {
    double list_seconds = 15.0;     ///< from one listing to the next
    double command_seconds = 60.0;  ///< a command that takes longer is ended; what it did is unknown
    double lost_seconds = 60.0;     ///< a job that the queue does not show for so long is lost
    double retry_seconds = 5.0;     ///< from a submission that failed to the next try; doubles up to a minute
    double give_up_seconds = 900.0;  ///< of failing submissions
};

/// Not thread-safe: one owner polls.
class BatchQueue {
  public:
    /// Output of the commands goes to files in `folder`, which is made when missing.
    BatchQueue(std::unique_ptr<BatchSystem> system, std::filesystem::path folder, BatchTiming timing = {});
    ~BatchQueue();

    const BatchSystem& system() const { return *system_; }

    /// Hands the job to the queue, now or, where the queue does not answer, later. Throws Error when the
    /// queue refuses it for a reason that does not pass.
    void submit(const BatchJob& job);

    /// A job of an earlier engine, which is not submitted again. `id` may be empty: it is found by its name.
    void adopt(const std::string& name, const std::string& id);

    /// The same where only a job that waits or runs is of use. Asks the queue and waits for the answer;
    /// false: there is none. Throws Error with exit code `stopped` when the queue does not answer.
    bool adopt_running(const std::string& name);

    bool knows(const std::string& name) const { return jobs_.contains(name); }

    /// Submits what is due and asks the queue, if it is time. Listing runs beside the caller. Throws Error as
    /// submit does, and with exit code `stopped` when submissions failed for give_up_seconds.
    void poll();

    /// As of the last listing.
    const BatchStatus& status(const std::string& name) const;

    /// Tells the queue to end the job; status() shows when that has happened. One that is not submitted yet
    /// is over at once. False: the queue did not answer, ask again.
    bool cancel(const std::string& name);

    void forget(const std::string& name);

    /// What a person should know: the queue has not answered for minutes. Empty: nothing.
    std::string trouble() const;

    /// "4 jobs wait in the queue (Resources)", with a reason that the queue gives; empty: none waits.
    std::string remark() const;

  private:
    struct Entry;
    struct Listing;
    struct Answer;

    Answer ask(const std::vector<std::string>& argv);
    void try_to_submit(Entry& entry);
    bool find(Entry& entry);
    void put_off(Entry& entry, const std::string& complaint);
    void start_listing();
    void read_listing();
    void take(Entry& entry, const std::map<std::string, BatchStatus>& listed);
    void note_failure(const std::string& complaint);
    void note_answer();

    std::unique_ptr<BatchSystem> system_;
    std::filesystem::path folder_;
    BatchTiming timing_;
    std::map<std::string, std::unique_ptr<Entry>> jobs_;
    std::unique_ptr<Listing> listing_;
    std::chrono::steady_clock::time_point listed_at_;
    std::chrono::steady_clock::time_point answered_at_;
    std::string complaint_;
};

}  // namespace fibonaqi
