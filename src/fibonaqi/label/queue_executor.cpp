#include "fibonaqi/label/queue_executor.hpp"

#include <algorithm>
#include <chrono>
#include <optional>

#include "fibonaqi/base/contract.hpp"
#include "fibonaqi/base/error.hpp"
#include "fibonaqi/base/file_system.hpp"
#include "fibonaqi/base/hash.hpp"

namespace fibonaqi {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

constexpr std::size_t name_digits = 16;
// From one try to cancel a job to the next; and so long a supervisor that was ended may take to say so.
constexpr double cancel_seconds = 5.0;

double seconds_since(Clock::time_point start) {
    return std::chrono::duration<double>(Clock::now() - start).count();
}

// Where the job's name is noted before it is submitted.
fs::path name_file(const ExecutorJob& job) {
    return job.directory.string() + ".job";
}

std::string name_of(const std::vector<ExecutorJob>& pack) {
    Sha256 hash;
    for (const ExecutorJob& job : pack) {
        hash.text(read_file(job.task_file));
    }
    return "fb-" + hash.hex().substr(0, name_digits);
}

// Of the job's time, less what the script takes to start and the last result to be written; before the
// queue's own warning, where there is one.
double usable_seconds(const BatchResources& resources) {
    constexpr double spare_seconds = 150.0, spare_share = 0.2;
    const double all = 60.0 * resources.minutes;
    return all - std::min(spare_seconds, spare_share * all);
}

bool contains_any(const std::string& text, std::initializer_list<const char*> signs) {
    return std::any_of(signs.begin(), signs.end(),
                       [&](const char* sign) { return text.find(sign) != std::string::npos; });
}

}  // namespace

// One job of the queue; the labels of its pack share it.
struct QueueExecutor::Pack {
    std::string name;
    std::optional<Clock::time_point> over_since = {};
    std::optional<Clock::time_point> cancelled_at = {};
    bool is_cancelled = false;  // the queue has taken it
    bool has_finished_one = false;
    std::size_t open = 0;  // labels that are not reported yet
};

struct QueueExecutor::Job {
    ExecutorJob job;
    std::shared_ptr<Pack> pack;
    Clock::time_point looked_at = {};
};

QueueExecutor::QueueExecutor(fs::path supervisor, std::unique_ptr<BatchQueue> queue,
                             const QueueOptions& options)
    : supervisor_(std::move(supervisor)), queue_(std::move(queue)), options_(options) {
    FIBONAQI_EXPECT(options_.slots > 0);
}

QueueExecutor::~QueueExecutor() = default;

void QueueExecutor::start(const std::vector<ExecutorJob>& pack) {
    FIBONAQI_EXPECT(!pack.empty());
    const double seconds = usable_seconds(options_.resources);
    std::string script = "#!/bin/sh\nexec " + shell_word(supervisor_.string()) + " --seconds " +
                         std::to_string(static_cast<long>(seconds));
    const std::string name = name_of(pack);
    for (const ExecutorJob& job : pack) {
        FIBONAQI_EXPECT(!jobs_.contains(job.key));
        script += " \\\n    " + shell_word(job.task_file.string());
        write_file_atomically(name_file(job), name + "\n");
    }
    const fs::path file = pack.front().directory.string() + ".sh";
    write_file_atomically(file, script + "\n");
    fs::permissions(file, fs::perms::owner_exec, fs::perm_options::add);
    queue_->submit({name, file, pack.front().log_file, options_.resources});
    const auto shared = std::make_shared<Pack>(Pack{.name = name, .open = pack.size()});
    for (const ExecutorJob& job : pack) {
        jobs_[job.key] = std::make_unique<Job>(Job{job, shared});
    }
}

void QueueExecutor::adopt(const ExecutorJob& job, const std::string& handle) {
    FIBONAQI_EXPECT(!jobs_.contains(job.key));
    const std::string kind = queue_->system().name();
    std::string name, id;
    if (!handle.empty()) {
        const std::vector<std::string> parts = split_text(handle, ':');
        if (parts.size() < 2 || parts[0] != kind) {
            throw FormatError("a label is at work elsewhere (job '" + handle + "', not one of " + kind +
                              ") resume with the executor that started it");
        }
        name = parts[1];
        id = parts.size() > 2 ? parts[2] : "";
    } else if (fs::exists(name_file(job))) {
        name = split_text(read_file(name_file(job)), '\n').at(0);
    }
    std::shared_ptr<Pack> pack;
    for (const auto& [key, other] : jobs_) {
        if (!name.empty() && other->pack->name == name) {
            pack = other->pack;
        }
    }
    if (!pack) {
        pack = std::make_shared<Pack>(Pack{.name = name});
        if (!name.empty()) {
            queue_->adopt(name, id);
        }
    }
    ++pack->open;
    jobs_[job.key] = std::make_unique<Job>(Job{job, pack});
}

std::string QueueExecutor::handle(const std::string& key) const {
    const std::string& name = jobs_.at(key)->pack->name;
    const std::string id = queue_->knows(name) ? queue_->status(name).id : "";
    return queue_->system().name() + ":" + name + ":" + id;
}

bool QueueExecutor::has_result(Job& job) {
    if (seconds_since(job.looked_at) < options_.look_seconds) {
        return false;
    }
    job.looked_at = Clock::now();
    return fs::exists(job.job.result_file);
}

// A job without a name was never handed to the queue.
bool QueueExecutor::is_over(Pack& pack) {
    if (!queue_->knows(pack.name)) {
        return true;
    }
    const BatchPhase phase = queue_->status(pack.name).phase;
    if (phase == BatchPhase::lost) {
        return true;  // the queue has waited for it already
    }
    if (phase != BatchPhase::over) {
        pack.over_since.reset();
        return false;
    }
    pack.over_since = pack.over_since.value_or(Clock::now());
    return seconds_since(*pack.over_since) >
           (pack.is_cancelled ? std::min(cancel_seconds, options_.file_seconds) : options_.file_seconds);
}

JobReport QueueExecutor::poll(const std::string& key) {
    Job& job = *jobs_.at(key);
    Pack& pack = *job.pack;
    queue_->poll();
    // In this order: the last look for the file comes after the verdict on the job.
    const bool has_ended = is_over(pack);
    if (has_ended) {
        job.looked_at = {};
    }
    const bool is_done = has_result(job);
    if (!is_done && !has_ended) {
        return {JobState::running};
    }
    pack.has_finished_one = pack.has_finished_one || is_done;
    JobReport report{JobState::finished};
    if (!is_done) {
        const bool has_begun = fs::exists(job.job.directory) || !pack.has_finished_one;
        report.state = has_begun ? JobState::lost : JobState::not_begun;
        report.loss = queue_->knows(pack.name)
                          ? loss_of(queue_->status(pack.name))
                          : LabelFailure{FailureKind::signal, "it was never handed to the queue"};
    }
    if (--pack.open == 0 && queue_->knows(pack.name)) {
        queue_->forget(pack.name);
    }
    jobs_.erase(key);
    return report;
}

void QueueExecutor::cancel(const std::string& key) {
    Pack& pack = *jobs_.at(key)->pack;
    const bool is_due = !pack.cancelled_at || seconds_since(*pack.cancelled_at) > cancel_seconds;
    if (!pack.is_cancelled && is_due && queue_->knows(pack.name)) {
        pack.cancelled_at = Clock::now();
        pack.is_cancelled = queue_->cancel(pack.name);
    }
}

LabelFailure loss_of(const BatchStatus& status) {
    const std::string said = status.state + (status.reason.empty() ? "" : ", " + status.reason);
    if (status.phase == BatchPhase::lost) {
        return {FailureKind::signal, "the queue has no such job any more, and there is no result"};
    }
    const std::string evidence = "the queue says of its job " + status.id + ": " + said;
    if (contains_any(said, {"TIMEOUT", "DEADLINE", "RUNLIMIT", "walltime"})) {
        return {FailureKind::timeout, evidence};
    }
    if (contains_any(said, {"OUT_OF_MEMORY", "MEMLIMIT", "exceeded resource mem"})) {
        return {FailureKind::out_of_memory, evidence};
    }
    if (contains_any(said, {"CANCELLED", "TERM_OWNER", "TERM_ADMIN"})) {
        return {FailureKind::cancelled, evidence};
    }
    return {FailureKind::signal, evidence};
}

std::string shell_word(const std::string& text) {
    std::string word = "'";
    for (const char c : text) {
        word += c == '\'' ? "'\\''" : std::string(1, c);
    }
    return word + "'";
}

}  // namespace fibonaqi
