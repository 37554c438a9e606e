// Labels at work: a list that grows and shrinks while it is computed.
//
// It owns the policy of the labeler: ask the store first, commit the intent before a launch, adopt what an
// earlier engine left running, accept only what is sane, record every failure and go on.
#pragma once

#include <chrono>
#include <deque>
#include <functional>
#include <map>
#include <set>
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
    std::size_t pack = 0;       ///< labels per supervisor; 0: as pack_size.hpp
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
    std::size_t at_work = 0;          ///< of these, those that go on without this run: jobs of a queue
    std::string gave_up = {};         ///< why by itself, with the evidence; empty: it did not
    double cpu_seconds = 0.0;         ///< of what this run finished
    double wall_seconds = 0.0;        ///< of this run

    bool is_complete() const { return open == 0; }
};

/// Not thread-safe. Passive: nothing happens but in step().
class LabelRun {
  public:
    /// All of them must outlive this object.
    LabelRun(const LabelDriver& driver, Executor& executor, LabelStore& store, const LabelerOptions& options,
             LabelerHooks hooks);

    /// Wants these labels too; those that the store has are done at once, those that an earlier engine has
    /// left at work are adopted. Returns their keys. What failed for a passing reason (launch, missing_file,
    /// disk, out_of_memory, signal, walltime, timeout, stalled, cancelled) in an earlier run is tried again,
    /// other failures only with retry_failed.
    std::vector<std::string> add(const std::vector<LabelItem>& items);

    /// Takes back those of these keys that are not launched yet: they are not asked for any more, and cost
    /// nothing. Returns them.
    std::set<std::string> withdraw(const std::set<std::string>& keys);

    /// Looks once: takes results, launches into free slots, obeys a stop. Does not wait. Throws as
    /// Labeler::run.
    void step();

    /// Nothing runs that has to be waited for, and nothing more will be launched.
    bool is_over() const;

    /// As of now. Throws DiskFullError when that is why nothing is launched any more.
    LabelSummary summary() const;

  private:
    struct Work {
        LabelRequest request;
        int launches = 0;  // by this run
        std::filesystem::path directory = {};
        std::string supervisor = {};  // what runs it: labels of one pack have the same
    };

    bool may_launch() const;
    bool may_leave() const;
    void sort(const std::string& key);
    bool is_worth_a_try(const StoredLabel& stored) const;
    void check_driver();
    std::size_t busy_slots() const;
    std::size_t labels_of_next_pack() const;
    void launch_into_free_slots();
    std::optional<LabelFailure> problem_before_launch(const LabelRequest& request) const;
    bool has_disk_space();
    bool is_held();
    void launch(const std::vector<std::string>& pack);
    void choose_directory(const std::string& key);
    void collect_finished();
    void take(const std::string& key, const JobReport& report);
    void take_result(const std::string& key);
    void take_loss(const std::string& key, const LabelFailure& loss);
    void fail(const std::string& key, const LabelFailure& failure, const LabelCost& cost);
    void obey_stop();
    void report(const std::string& note);
    std::optional<double> seconds_left() const;
    void report_if_due();

    const LabelDriver& driver_;
    Executor& executor_;
    LabelStore& store_;
    LabelerOptions options_;
    LabelerHooks hooks_;
    std::string fingerprint_;
    std::chrono::steady_clock::time_point begun_ = std::chrono::steady_clock::now();

    std::map<std::string, Work> work_;
    std::deque<std::string> queue_;
    std::vector<std::string> running_;
    Patience patience_;
    bool is_driver_checked_ = false;
    std::size_t cancelled_ = 0;
    double label_seconds_ = 0.0;  // wall time of what this run has computed
    LabelStop stop_ = LabelStop::no;
    std::string disk_problem_;
    std::string held_for_;  // Executor::hold
    LabelSummary summary_;
    std::chrono::steady_clock::time_point reported_at_;
};

}  // namespace fibonaqi
