#include "fibonaqi/label/label_run.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <set>

#include "fibonaqi/base/contract.hpp"
#include "fibonaqi/base/error.hpp"
#include "fibonaqi/base/file_system.hpp"
#include "fibonaqi/label/label_record.hpp"
#include "fibonaqi/label/pack_size.hpp"

namespace fibonaqi {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

// A supervisor that vanishes without a result (killed, machine went down) gets one more try per run.
constexpr int launches_per_run = 2;
constexpr std::size_t short_key_length = 16;

double seconds_since(Clock::time_point start) {
    return std::chrono::duration<double>(Clock::now() - start).count();
}

std::string rounded_seconds(double value) {
    char text[32];
    std::snprintf(text, sizeof text, "%.1f s", value);
    return text;
}

// Reasons that lie in the circumstances, not in the structure: worth another try in a later run.
bool is_passing(FailureKind kind) {
    switch (kind) {
        case FailureKind::launch:
        case FailureKind::bad_config:
        case FailureKind::missing_file:
        case FailureKind::walltime:
        case FailureKind::timeout:
        case FailureKind::stalled:
        case FailureKind::signal:
        case FailureKind::out_of_memory:
        case FailureKind::disk:
        case FailureKind::cancelled:
            return true;
        default:
            return false;
    }
}

// Files of an attempt; the directory itself is made by the supervisor.
ExecutorJob job_of(const std::string& key, const fs::path& directory) {
    const std::string stem = directory.string();
    return {key, directory, stem + ".task.json", stem + ".result.json", stem + ".log"};
}

}  // namespace

LabelRun::LabelRun(const LabelDriver& driver, Executor& executor, LabelStore& store,
                   const LabelerOptions& options, LabelerHooks hooks)
    : driver_(driver),
      executor_(executor),
      store_(store),
      options_(options),
      hooks_(std::move(hooks)),
      fingerprint_(driver.fingerprint()),
      patience_(options.patience) {}

std::vector<std::string> LabelRun::add(const std::vector<LabelItem>& items) {
    std::vector<PlannedLabel> planned;
    std::vector<std::string> keys;
    for (const LabelItem& item : items) {
        keys.push_back(label_key(item.request, fingerprint_));
        planned.push_back({keys.back(), item.request, fingerprint_, item.origin});
    }
    store_.plan(planned);
    for (const PlannedLabel& label : planned) {
        if (work_.emplace(label.key, Work{label.request}).second) {
            is_driver_checked_ = false;
            sort(label.key);
        }
    }
    return keys;
}

std::set<std::string> LabelRun::withdraw(const std::set<std::string>& keys) {
    std::set<std::string> taken;
    for (const std::string& key : queue_) {
        if (keys.contains(key)) {
            taken.insert(key);
            work_.erase(key);
        }
    }
    std::erase_if(queue_, [&taken](const std::string& key) { return taken.contains(key); });
    return taken;
}

void LabelRun::step() {
    if (!queue_.empty() && !is_driver_checked_) {
        check_driver();
        report("");
    }
    launch_into_free_slots();
    collect_finished();
    obey_stop();
    report_if_due();
}

bool LabelRun::is_over() const {
    return (running_.empty() || may_leave()) && !may_launch();
}

LabelSummary LabelRun::summary() const {
    LabelSummary summary = summary_;
    summary.open = queue_.size() + cancelled_ + running_.size();
    FIBONAQI_ENSURE(summary.accepted_now + summary.accepted_before + summary.failed + summary.open ==
                    work_.size());
    summary.at_work = running_.size();
    summary.gave_up = patience_.end();
    summary.wall_seconds = seconds_since(begun_);
    if (!disk_problem_.empty()) {
        throw DiskFullError(disk_problem_);
    }
    return summary;
}

bool LabelRun::may_launch() const {
    return !queue_.empty() && stop_ == LabelStop::no && disk_problem_.empty() && patience_.end().empty();
}

bool LabelRun::may_leave() const {
    return stop_ == LabelStop::after_running && executor_.keeps_jobs();
}

// What is final stays, what an earlier engine left behind is adopted, the rest is queued.
void LabelRun::sort(const std::string& key) {
    const StoredLabel stored = store_.find(key).value();
    if (stored.state == LabelState::accepted) {
        ++summary_.accepted_before;
    } else if (stored.state == LabelState::failed && !is_worth_a_try(stored)) {
        ++summary_.failed;
    } else if (stored.state == LabelState::intent || stored.state == LabelState::started) {
        work_.at(key).directory = stored.directory;
        executor_.adopt(job_of(key, stored.directory), stored.handle);
        work_.at(key).supervisor = executor_.handle(key);
        running_.push_back(key);
    } else {
        queue_.push_back(key);
    }
}

bool LabelRun::is_worth_a_try(const StoredLabel& stored) const {
    const FailureKind kind = stored.failure.value().kind;
    return is_passing(kind) || (options_.retry_failed && kind != FailureKind::quarantined);
}

void LabelRun::check_driver() {
    std::set<int> elements;
    for (const auto& [key, item] : work_) {
        elements.insert(item.request.structure.atomic_numbers.begin(),
                        item.request.structure.atomic_numbers.end());
    }
    std::string problems;
    for (const std::string& problem : driver_.check({elements.begin(), elements.end()})) {
        problems += (problems.empty() ? "" : "; ") + problem;
    }
    if (!problems.empty()) {
        throw DriverError(problems);
    }
    is_driver_checked_ = true;
}

std::size_t LabelRun::busy_slots() const {
    std::set<std::string> supervisors;
    for (const std::string& key : running_) {
        supervisors.insert(work_.at(key).supervisor);
    }
    return supervisors.size();
}

std::size_t LabelRun::labels_of_next_pack() const {
    return options_.pack > 0
               ? options_.pack
               : pack_size({driver_.capabilities().serves, queue_.size(), executor_.slots() - busy_slots(),
                            summary_.accepted_now, label_seconds_});
}

void LabelRun::launch_into_free_slots() {
    while (may_launch() && busy_slots() < executor_.slots()) {
        if (!has_disk_space() || is_held()) {
            return;
        }
        std::vector<std::string> pack;
        for (std::size_t wanted = labels_of_next_pack(); pack.size() < wanted && may_launch();) {
            const std::string key = queue_.front();
            queue_.pop_front();
            if (const auto problem = problem_before_launch(work_.at(key).request)) {
                fail(key, *problem, {});
            } else {
                pack.push_back(key);
            }
        }
        if (!pack.empty()) {
            launch(pack);
        }
    }
}

std::optional<LabelFailure> LabelRun::problem_before_launch(const LabelRequest& request) const {
    if (auto problem = capability_problem(driver_, request)) {
        return problem;
    }
    if (auto problem = geometry_problem(request, options_.sanity)) {
        return problem;
    }
    return driver_.problem_with(request);
}

bool LabelRun::has_disk_space() {
    make_directories(options_.work_directory);
    const double free_MB = static_cast<double>(free_bytes(options_.work_directory)) / 1.0e6;
    if (free_MB < options_.min_free_MB) {
        disk_problem_ = "the storage of '" + options_.work_directory.string() + "' is nearly full (" +
                        std::to_string(static_cast<long>(free_MB)) + " MB left, " +
                        std::to_string(static_cast<long>(options_.min_free_MB)) +
                        " MB wanted) free some space, then resume";
    }
    return disk_problem_.empty();
}

// What the executor waits for is said when it begins, and every time that progress is due.
bool LabelRun::is_held() {
    const std::string reason = executor_.hold();
    const bool is_new = !reason.empty() && held_for_.empty();
    held_for_ = reason;
    if (is_new) {
        report(reason);
    }
    return !reason.empty();
}

// Intent first: after a crash between any two lines here the next run knows where to look.
void LabelRun::launch(const std::vector<std::string>& pack) {
    store_.together([&] {
        for (const std::string& key : pack) {
            choose_directory(key);
            store_.record_intent(key, work_.at(key).directory);
        }
    });
    std::vector<ExecutorJob> jobs;
    for (const std::string& key : pack) {
        const Work& work = work_.at(key);
        jobs.push_back(job_of(key, work.directory));
        write_json(jobs.back().task_file,
                   to_json(LabelTask{key, driver_.configuration(), options_.limits, work.request,
                                     work.directory, jobs.back().result_file}));
    }
    executor_.start(jobs);
    store_.together([&] {
        for (const std::string& key : pack) {
            Work& work = work_.at(key);
            work.supervisor = executor_.handle(key);
            store_.record_started(key, work.supervisor);
            ++work.launches;
            running_.push_back(key);
        }
    });
    report("started " + pack.front().substr(0, short_key_length) +
           (pack.size() > 1 ? " and " + std::to_string(pack.size() - 1) + " more" : ""));
}

// A fresh one for every attempt; older files may be there when a ledger was lost.
void LabelRun::choose_directory(const std::string& key) {
    const fs::path folder = options_.work_directory / key.substr(0, short_key_length);
    make_directories(folder);
    Work& work = work_.at(key);
    int number = store_.find(key).value().attempts + 1;
    work.directory = folder / ("attempt-" + std::to_string(number));
    while (fs::exists(work.directory) || fs::exists(job_of(key, work.directory).task_file)) {
        work.directory = folder / ("attempt-" + std::to_string(++number));
    }
}

void LabelRun::collect_finished() {
    std::vector<std::pair<std::string, JobReport>> ended;
    for (const std::string& key : std::vector<std::string>(running_)) {
        const JobReport report = executor_.poll(key);
        if (report.state != JobState::running) {
            ended.emplace_back(key, report);
        }
    }
    if (!ended.empty()) {
        store_.together([&] {
            for (const auto& [key, report] : ended) {
                take(key, report);
            }
        });
    }
}

void LabelRun::take(const std::string& key, const JobReport& report) {
    std::erase(running_, key);
    if (report.state == JobState::finished) {
        take_result(key);
    } else if (report.state == JobState::not_begun) {
        --work_.at(key).launches;
        queue_.push_front(key);
    } else {
        take_loss(key, report.loss);
    }
}

void LabelRun::take_result(const std::string& key) {
    const fs::path file = job_of(key, work_.at(key).directory).result_file;
    LabelResult result;
    try {
        result = label_result_from_json(read_json(file), file.string());
    } catch (const FormatError& error) {
        result.outcome = LabelFailure{FailureKind::unknown, error.what()};
    }
    const LabelCost cost{result.exit.wall_seconds, result.exit.cpu_seconds};
    summary_.cpu_seconds += cost.cpu_seconds;
    if (const auto* failure = std::get_if<LabelFailure>(&result.outcome)) {
        fail(key, *failure, cost);
        return;
    }
    const auto& accepted = std::get<AcceptedLabel>(result.outcome);
    if (const auto problem = label_problem(work_.at(key).request, accepted.labels, options_.sanity)) {
        fail(key, *problem, cost);
        return;
    }
    store_.record_accepted(key, accepted, cost);
    patience_.accepted();
    ++summary_.accepted_now;
    label_seconds_ += cost.wall_seconds;
    report("accepted " + key.substr(0, short_key_length) + " (" + rounded_seconds(cost.wall_seconds) + ")");
}

void LabelRun::take_loss(const std::string& key, const LabelFailure& loss) {
    if (work_.at(key).launches < launches_per_run) {
        queue_.push_front(key);
        return;
    }
    fail(key, loss, {});
}

// A label that was cancelled, by us or by whoever ended an adopted supervisor, is open, not failed.
void LabelRun::fail(const std::string& key, const LabelFailure& failure, const LabelCost& cost) {
    store_.record_failed(key, failure, cost);
    const bool is_cancelled = failure.kind == FailureKind::cancelled;
    if (is_cancelled && stop_ == LabelStop::no && work_.at(key).launches < launches_per_run) {
        queue_.push_back(key);
        return;
    }
    ++(is_cancelled ? cancelled_ : summary_.failed);
    if (!is_cancelled) {
        patience_.failed(failure, summary_.failed, work_.size());
    }
    report(to_string(failure.kind) + " " + key.substr(0, short_key_length) + ": " + failure.evidence);
}

void LabelRun::obey_stop() {
    const LabelStop wanted = hooks_.stop ? hooks_.stop() : LabelStop::no;
    stop_ = std::max(stop_, wanted);
    if (stop_ == LabelStop::now) {
        for (const std::string& key : running_) {
            executor_.cancel(key);
        }
    }
}

void LabelRun::report(const std::string& note) {
    reported_at_ = Clock::now();
    if (hooks_.progress) {
        hooks_.progress({summary_.accepted_now + summary_.accepted_before, summary_.failed, running_.size(),
                         queue_.size() + cancelled_, seconds_left(), note});
    }
}

std::optional<double> LabelRun::seconds_left() const {
    if (summary_.accepted_now == 0) {
        return std::nullopt;
    }
    const double mean = label_seconds_ / static_cast<double>(summary_.accepted_now);
    const auto open = static_cast<double>(running_.size() + queue_.size());
    return mean * open /
           static_cast<double>(std::min(executor_.slots(), running_.size() + queue_.size() + 1));
}

void LabelRun::report_if_due() {
    if (seconds_since(reported_at_) > options_.report_seconds) {
        report(held_for_.empty() ? executor_.remark() : held_for_);
    }
}

}  // namespace fibonaqi
