// The labeler: from wanted labels to accepted ones, each paid for once.
//
// It owns the policy: ask the store first, commit the intent before a launch, adopt what an earlier engine
// left running, accept only what is sane, record every failure and go on.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "fibonaqi/label/executor.hpp"
#include "fibonaqi/label/label_store.hpp"
#include "fibonaqi/label/patience.hpp"
#include "fibonaqi/label/sanity.hpp"

namespace fibonaqi {

struct LabelerOptions {
    /// Attempts live in work_directory/<first 16 digits of the key>/attempt-<n>. Absolute; made when missing.
    std::filesystem::path work_directory;
    LabelLimits limits;
    LabelSanity sanity;
    bool retry_failed = false;  ///< try again what failed for a reason that lies in the structure
    std::size_t pack = 0;       ///< labels per supervisor; 0: 1, or with drivers that serve up to 50
    PatienceOptions patience;
    double min_free_MB = 500.0;    ///< nothing is launched when the storage has less
    double poll_seconds = 0.05;    ///< between looks at the running jobs
    double report_seconds = 10.0;  ///< progress is called at least so often, and after every change
};

/// One label that is wanted. The same structure may be asked for several times.
struct LabelItem {
    LabelRequest request;
    std::optional<LabelOrigin> origin = {};
};

/// Counts of one run of the labeler. done + failed + running + queued = number of different keys asked for.
struct LabelProgress {
    std::size_t done = 0;  ///< accepted, earlier ones included
    std::size_t failed = 0, running = 0, queued = 0;
    std::optional<double> seconds_left = {};  ///< from the mean of this run's labels; empty before the first
    std::string note;                         ///< what just happened, for people: "accepted 3f2a.. (6.1 s)"
};

/// Asked between looks at the jobs. after_running: launch nothing more, wait for what runs (one Ctrl-C).
/// now: cancel what runs (two Ctrl-C).
enum class LabelStop { no, after_running, now };

struct LabelerHooks {
    std::function<void(const LabelProgress&)> progress;  ///< may be empty
    std::function<LabelStop()> stop;                     ///< may be empty
};

struct LabelSummary {
    std::vector<std::string> keys;    ///< one per item, in the order of the items
    std::size_t accepted_now = 0;     ///< computed (or adopted) by this run
    std::size_t accepted_before = 0;  ///< were in the store
    std::size_t failed = 0;           ///< different keys without a label, earlier failures included
    std::size_t open = 0;             ///< different keys neither accepted nor failed: the run was stopped
    std::string gave_up = {};         ///< why by itself, with the evidence; empty: it did not
    double cpu_seconds = 0.0;         ///< of what this run finished
    double wall_seconds = 0.0;        ///< of this run

    bool is_complete() const { return open == 0; }
};

class Labeler {
  public:
    /// All of them must outlive the labeler.
    Labeler(const LabelDriver& driver, Executor& executor, LabelStore& store, LabelerOptions options);

    std::string key_of(const LabelRequest& request) const;

    /// Works until every item is accepted or failed, or a stop was asked for. A failed label is no error.
    /// What failed for a passing reason (launch, missing_file, disk, out_of_memory, signal, walltime,
    /// timeout, stalled, cancelled) in an earlier run is tried again, other failures only with retry_failed.
    /// Throws DriverError when the driver cannot work at all (its check), DiskFullError, FileError, Error
    /// when a supervisor cannot be started; what runs then goes on and is adopted by the next run.
    LabelSummary run(const std::vector<LabelItem>& items, const LabelerHooks& hooks);

  private:
    const LabelDriver& driver_;
    Executor& executor_;
    LabelStore& store_;
    LabelerOptions options_;
};

}  // namespace fibonaqi
