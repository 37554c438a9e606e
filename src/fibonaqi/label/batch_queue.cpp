#include "fibonaqi/label/batch_queue.hpp"

#include <algorithm>

#include "fibonaqi/base/contract.hpp"
#include "fibonaqi/base/error.hpp"
#include "fibonaqi/base/file_system.hpp"
#include "fibonaqi/base/subprocess.hpp"

namespace fibonaqi {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

constexpr double slowest_retry_seconds = 60.0;
constexpr double silence_worth_a_word_seconds = 120.0;

double seconds_since(Clock::time_point start) {
    return std::chrono::duration<double>(Clock::now() - start).count();
}

Clock::duration to_duration(double seconds) {
    return std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(seconds));
}

std::string first_line(const std::string& text) {
    const std::vector<std::string> lines = split_text(text, '\n');
    return lines.empty() ? "" : lines.front();
}

// All that a command complained about, as one line.
std::string one_line(const std::string& text) {
    constexpr std::size_t longest = 400;
    std::string joined;
    for (const std::string& line : split_text(text, '\n')) {
        joined += (joined.empty() || line.empty() ? "" : "; ") + line;
    }
    return joined.substr(0, longest);
}

// Refusals that go away by themselves; every other one is a wrong request.
bool is_passing(const std::string& complaint) {
    std::string text = complaint;
    std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return std::tolower(c); });
    for (const char* sign : {"timed out", "time out", "timeout", "unable to contact", "connect", "temporar",
                             "try again", "retrying", "submit limit", "threshold", "would exceed", "socket",
                             "zero bytes", "communication", "is down", "not responding"}) {
        if (text.find(sign) != std::string::npos) {
            return true;
        }
    }
    return false;
}

ProcessSpec spec_of(const std::vector<std::string>& argv, const fs::path& out, const fs::path& err) {
    ProcessSpec spec;
    spec.argv = argv;
    spec.stdout_file = out;
    spec.stderr_file = err;
    return spec;
}

}  // namespace

// What a command said. Without an end it was ended by us, and may or may not have done its work.
struct BatchQueue::Answer {
    bool has_ended = false;
    int code = -1;
    std::string output, complaint;

    bool is_good() const { return has_ended && code == 0; }
};

// One job, and how far it is known.
struct BatchQueue::Entry {
    enum class Step {
        submit,  // hand it to the queue
        search,  // it may be there under its name
        listed   // the queue has given it an id
    };
    BatchJob job;
    Step step = Step::submit;
    bool may_be_submitted = true;  // by us, when the queue does not know the name
    BatchStatus status = {};
    int failures = 0;
    Clock::time_point due = Clock::now(), begun = Clock::now();
    std::optional<Clock::time_point> missing_since = {};
};

// A listing on its way.
struct BatchQueue::Listing {
    Subprocess command;
    Clock::time_point begun = Clock::now();
    std::map<std::string, std::string> asked;  // name -> id
};

BatchQueue::BatchQueue(std::unique_ptr<BatchSystem> system, fs::path folder, BatchTiming timing)
    : system_(std::move(system)),
      folder_(std::move(folder)),
      timing_(timing),
      listed_at_(Clock::now() - to_duration(timing.list_seconds)),
      answered_at_(Clock::now()) {
    make_directories(folder_);
}

BatchQueue::~BatchQueue() = default;

BatchQueue::Answer BatchQueue::ask(const std::vector<std::string>& argv) {
    const fs::path out = folder_ / "command.out", err = folder_ / "command.err";
    Subprocess command(spec_of(argv, out, err));
    Answer answer;
    const auto limit = std::chrono::milliseconds(static_cast<long>(1000.0 * timing_.command_seconds));
    if (const auto end = command.wait_for(limit)) {
        answer.has_ended = true;
        answer.code = end->signaled ? 128 + end->code : end->code;
        answer.output = read_file(out);
        answer.complaint = one_line(read_file(err));
    } else {
        answer.complaint = argv.front() + " did not answer";
    }
    if (answer.is_good()) {
        note_answer();
    }
    return answer;
}

void BatchQueue::submit(const BatchJob& job) {
    FIBONAQI_EXPECT(!knows(job.name));
    Entry entry{.job = job};
    entry.status.name = job.name;
    Entry& kept = *(jobs_[job.name] = std::make_unique<Entry>(std::move(entry)));
    try_to_submit(kept);
}

void BatchQueue::adopt(const std::string& name, const std::string& id) {
    FIBONAQI_EXPECT(!knows(name));
    Entry entry{.job = {name, {}, {}, {}},
                .step = id.empty() ? Entry::Step::search : Entry::Step::listed,
                .may_be_submitted = false};
    entry.status = {id, name, BatchPhase::waiting, "", ""};
    jobs_[name] = std::make_unique<Entry>(std::move(entry));
}

bool BatchQueue::adopt_running(const std::string& name) {
    adopt(name, "");
    Entry& entry = *jobs_.at(name);
    bool is_known = find(entry);
    if (is_known && entry.step == Entry::Step::listed) {
        const Answer answer = ask(system_->list({entry.status.id}));
        is_known = answer.is_good() || (answer.has_ended && system_->is_absence(answer.complaint));
        entry.status.phase = BatchPhase::lost;
        for (const BatchStatus& status : system_->listed(answer.output)) {
            entry.status = status.name == name ? status : entry.status;
        }
    }
    const bool is_open = entry.step == Entry::Step::listed && (entry.status.phase == BatchPhase::waiting ||
                                                               entry.status.phase == BatchPhase::running);
    if (!is_known || !is_open) {
        forget(name);
    }
    if (!is_known) {
        throw Error("the queue does not say whether job '" + name + "' still runs (" + complaint_ +
                        ") resume when it answers",
                    ExitCode::stopped);
    }
    return is_open;
}

// After a command that failed or hung the job may be there all the same: so its name is asked for first.
void BatchQueue::put_off(Entry& entry, const std::string& complaint) {
    note_failure(complaint);
    if (entry.may_be_submitted && seconds_since(entry.begun) > timing_.give_up_seconds) {
        throw Error("the queue has not taken job '" + entry.job.name + "' for " +
                        std::to_string(static_cast<long>(timing_.give_up_seconds)) + " s (" + complaint +
                        ") resume when it does",
                    ExitCode::stopped);
    }
    const double wait = timing_.retry_seconds * static_cast<double>(1 << std::min(entry.failures, 10));
    ++entry.failures;
    entry.step = Entry::Step::search;
    entry.due = Clock::now() + to_duration(std::min(wait, slowest_retry_seconds));
}

void BatchQueue::try_to_submit(Entry& entry) {
    const std::vector<std::string> argv = system_->submit(entry.job);
    const Answer answer = ask(argv);
    const std::string id = answer.is_good() ? system_->submitted_id(answer.output) : "";
    if (!id.empty()) {
        entry.status.id = id;
        entry.step = Entry::Step::listed;
        return;
    }
    if (answer.has_ended && answer.code != 0 && !is_passing(answer.complaint)) {
        const std::string name = entry.job.name;
        jobs_.erase(name);
        throw Error(
            argv.front() + " refuses the job (" +
            (answer.complaint.empty() ? "exit code " + std::to_string(answer.code) : answer.complaint) +
            ") check the executor's settings");
    }
    put_off(entry, answer.complaint.empty() ? argv.front() + " printed no job id" : answer.complaint);
}

// True: it is known whether the queue has the job.
bool BatchQueue::find(Entry& entry) {
    const Answer answer = ask(system_->find(entry.job.name));
    if (!answer.is_good() && !(answer.has_ended && system_->is_absence(answer.complaint))) {
        put_off(entry, answer.complaint);
        return false;
    }
    const std::string id = answer.is_good() ? first_line(answer.output) : "";
    if (!id.empty()) {
        entry.status.id = id;
        entry.step = Entry::Step::listed;
    }
    return true;
}

void BatchQueue::poll() {
    std::vector<std::string> names;
    for (const auto& [name, entry] : jobs_) {
        names.push_back(name);
    }
    for (const std::string& name : names) {
        Entry& entry = *jobs_.at(name);
        const bool is_due = entry.step != Entry::Step::listed && Clock::now() >= entry.due &&
                            entry.status.phase != BatchPhase::lost && entry.status.phase != BatchPhase::over;
        if (!is_due || !find(entry) || entry.step == Entry::Step::listed) {
            continue;
        }
        if (entry.may_be_submitted) {
            try_to_submit(entry);
        } else if (seconds_since(entry.begun) > timing_.lost_seconds) {
            entry.status.phase = BatchPhase::lost;
        } else {
            entry.due = Clock::now() + to_duration(timing_.retry_seconds);
        }
    }
    read_listing();
    if (!listing_ && seconds_since(listed_at_) >= timing_.list_seconds) {
        start_listing();
    }
}

void BatchQueue::start_listing() {
    std::map<std::string, std::string> asked;
    std::vector<std::string> ids;
    for (const auto& [name, entry] : jobs_) {
        const bool is_open =
            entry->status.phase == BatchPhase::waiting || entry->status.phase == BatchPhase::running;
        if (is_open && entry->step == Entry::Step::listed) {
            asked[name] = entry->status.id;
            ids.push_back(entry->status.id);
        }
    }
    listed_at_ = Clock::now();
    if (!ids.empty()) {
        Subprocess command(spec_of(system_->list(ids), folder_ / "list.out", folder_ / "list.err"));
        listing_ = std::make_unique<Listing>(Listing{std::move(command), Clock::now(), std::move(asked)});
    }
}

void BatchQueue::read_listing() {
    if (!listing_) {
        return;
    }
    const auto end = listing_->command.poll();
    if (!end) {
        if (seconds_since(listing_->begun) > timing_.command_seconds) {
            listing_.reset();
            note_failure("the queue did not answer");
        }
        return;
    }
    const Listing listing = std::move(*listing_);
    listing_.reset();
    const std::string complaint = read_file(folder_ / "list.err");
    if (end->signaled || (end->code != 0 && !system_->is_absence(complaint))) {
        note_failure(one_line(complaint));
        return;
    }
    note_answer();
    std::map<std::string, BatchStatus> by_name;
    for (BatchStatus& status : system_->listed(read_file(folder_ / "list.out"))) {
        const auto asked = listing.asked.find(status.name);
        // An id alone is not enough: queues begin to count anew one day.
        if (asked != listing.asked.end() && asked->second == status.id) {
            by_name[status.name] = std::move(status);
        }
    }
    for (const auto& [name, id] : listing.asked) {
        if (knows(name)) {
            take(*jobs_.at(name), by_name);
        }
    }
}

void BatchQueue::take(Entry& entry, const std::map<std::string, BatchStatus>& listed) {
    const auto found = listed.find(entry.job.name);
    if (found != listed.end()) {
        entry.status = found->second;
        entry.missing_since.reset();
        return;
    }
    entry.missing_since = entry.missing_since.value_or(Clock::now());
    if (seconds_since(*entry.missing_since) < timing_.lost_seconds) {
        return;
    }
    entry.status.phase = BatchPhase::lost;
    const std::vector<std::string> history = system_->history(entry.status.id);
    const Answer answer = history.empty() ? Answer{} : ask(history);
    if (answer.is_good() && !first_line(answer.output).empty()) {
        entry.status.phase = BatchPhase::over;
        entry.status.state = first_line(answer.output);
    }
}

const BatchStatus& BatchQueue::status(const std::string& name) const {
    return jobs_.at(name)->status;
}

bool BatchQueue::cancel(const std::string& name) {
    Entry& entry = *jobs_.at(name);
    if (entry.step != Entry::Step::listed && !find(entry)) {
        return false;
    }
    if (entry.step != Entry::Step::listed) {
        entry.status.phase = BatchPhase::over;
        entry.status.state = "CANCELLED";
        return true;
    }
    const Answer answer = ask(system_->cancel(entry.status.id));
    if (!answer.is_good()) {
        note_failure(answer.complaint);
    }
    listed_at_ = Clock::now() - to_duration(timing_.list_seconds);
    return answer.is_good();
}

void BatchQueue::forget(const std::string& name) {
    jobs_.erase(name);
}

void BatchQueue::note_failure(const std::string& complaint) {
    complaint_ = complaint.empty() ? "without a word" : complaint;
}

void BatchQueue::note_answer() {
    answered_at_ = Clock::now();
    complaint_.clear();
}

std::string BatchQueue::trouble() const {
    const double silence = seconds_since(answered_at_);
    if (complaint_.empty() || silence < silence_worth_a_word_seconds) {
        return "";
    }
    return "the queue has not answered for " + std::to_string(static_cast<long>(silence / 60.0)) + " min (" +
           complaint_ + ")";
}

std::string BatchQueue::remark() const {
    std::size_t waiting = 0;
    std::string reason;
    for (const auto& [name, entry] : jobs_) {
        if (entry->status.phase == BatchPhase::waiting) {
            ++waiting;
            reason = entry->status.reason.empty() ? reason : entry->status.reason;
        }
    }
    return waiting == 0 ? ""
                        : std::to_string(waiting) + (waiting == 1 ? " job waits" : " jobs wait") +
                              " in the queue" + (reason.empty() ? "" : " (" + reason + ")");
}

}  // namespace fibonaqi
