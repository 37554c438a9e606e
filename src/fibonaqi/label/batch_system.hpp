// A cluster's queue as text: which commands to run, and what their output says.
//
// No process is started here, so that every system can be tested on what its commands print; BatchQueue runs
// them. Slurm is tested against the real one, PBS and LSF against their manuals only.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace fibonaqi {

/// What a job asks its cluster for.
struct BatchResources {
    std::size_t cpus = 1;
    std::size_t memory_MB = 0;            ///< 0: what the cluster gives by default
    double minutes = 60.0;                ///< wall time; the queue ends the job after it
    std::string partition;                ///< Slurm: partition, PBS and LSF: queue; empty: the default one
    std::vector<std::string> extra = {};  ///< further options of the submit command, as they are
};

/// One job: a script that the queue starts on a node.
struct BatchJob {
    std::string name;  ///< by which it is found again; letters, digits, '-'
    std::filesystem::path script, log;
    BatchResources resources = {};
};

/// lost: the queue has no job of this name (any more), and says nothing about its end.
enum class BatchPhase { waiting, running, over, lost };

/// What the queue says about one job.
struct BatchStatus {
    std::string id, name;
    BatchPhase phase = BatchPhase::waiting;
    std::string state;   ///< in the queue's own words: "PENDING", "TIMEOUT"
    std::string reason;  ///< of waiting or ending, in the queue's words; may be empty
};

class BatchSystem {
  public:
    virtual ~BatchSystem() = default;
    virtual std::string name() const = 0;  ///< "slurm"; part of the handles that ledgers store

    virtual std::vector<std::string> submit(const BatchJob& job) const = 0;
    virtual std::string submitted_id(const std::string& output) const = 0;  ///< empty: there is none in it

    /// One command for all jobs; listed() reads its output. Jobs that the queue has forgotten are left out
    /// there.
    virtual std::vector<std::string> list(const std::vector<std::string>& ids) const = 0;
    virtual std::vector<BatchStatus> listed(const std::string& output) const = 0;

    /// Prints the ids of jobs with this name, one per line, those that have ended lately included.
    virtual std::vector<std::string> find(const std::string& name) const = 0;

    /// A command that failed with this text on stderr has answered nevertheless: there is no such job.
    virtual bool is_absence(const std::string& complaint) const = 0;

    /// How a job that list() does not show any more has ended; empty: the system keeps no books. The first
    /// line of the output is the state in the queue's words.
    virtual std::vector<std::string> history(const std::string& id) const = 0;

    virtual std::vector<std::string> cancel(const std::string& id) const = 0;
};

/// "slurm", "pbs" or "lsf".
std::unique_ptr<BatchSystem> make_batch_system(const std::string& name);

/// Each in a file of its own.
std::unique_ptr<BatchSystem> make_slurm();
std::unique_ptr<BatchSystem> make_pbs();
std::unique_ptr<BatchSystem> make_lsf();

/// "1:05:00" for 65 minutes: whole minutes, upwards.
std::string hours_minutes(double minutes, bool has_seconds);

/// The command, and what ends it everywhere: the further options, and the script.
std::vector<std::string> with_script(std::vector<std::string> argv, const BatchJob& job);

/// Lines "id|state|name|reason"; `no_reason` is what stands where there is none. Other lines are passed over.
std::vector<BatchStatus> read_status_lines(const std::string& output,
                                           BatchPhase (*phase_of)(const std::string& state),
                                           const std::string& no_reason);

/// Lines, and fields of a line; blanks around them are taken away.
std::vector<std::string> split_text(const std::string& text, char separator);

}  // namespace fibonaqi
