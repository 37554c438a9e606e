#include "fibonaqi/campaign/task_host.hpp"

#include <chrono>
#include <csignal>

#include "fibonaqi/base/contract.hpp"
#include "fibonaqi/base/file_system.hpp"
#include "fibonaqi/base/hash.hpp"
#include "fibonaqi/label/queue_executor.hpp"

namespace fibonaqi {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

constexpr std::size_t jobs_at_once = 50;
// From one look for the result to the next, and so long it may take to be seen after the job has ended.
constexpr std::chrono::seconds look_interval{1};
constexpr std::chrono::seconds file_delay{60};

class Child : public HostedProgram {
  public:
    explicit Child(const ProcessSpec& spec) : process_(spec) {}
    std::optional<HostedEnd> poll() override {
        const auto end = process_.poll();
        return end ? std::optional(HostedEnd{*end}) : std::nullopt;
    }
    void ask_to_end() override { process_.signal_group(SIGTERM); }
    void kill() override { process_.signal_group(SIGKILL); }

  private:
    Subprocess process_;
};

class QueuedProgram : public HostedProgram {
  public:
    QueuedProgram(BatchQueue& queue, std::string name, fs::path result)
        : queue_(queue), name_(std::move(name)), result_(std::move(result)) {}
    ~QueuedProgram() override { queue_.forget(name_); }
    QueuedProgram(const QueuedProgram&) = delete;
    QueuedProgram& operator=(const QueuedProgram&) = delete;

    std::optional<HostedEnd> poll() override {
        queue_.poll();
        if (has_result()) {
            return HostedEnd{};
        }
        const BatchStatus& status = queue_.status(name_);
        if (status.phase == BatchPhase::waiting || status.phase == BatchPhase::running) {
            return std::nullopt;
        }
        over_since_ = over_since_.value_or(Clock::now());
        if (status.phase == BatchPhase::over && !is_cancelled_ && Clock::now() - *over_since_ < file_delay) {
            return std::nullopt;
        }
        if (fs::exists(result_)) {
            return HostedEnd{};
        }
        const LabelFailure loss = loss_of(status);
        HostedEnd end{{}, loss.evidence, loss.kind == FailureKind::timeout};
        end.process.signaled = loss.kind == FailureKind::cancelled;
        return end;
    }
    void ask_to_end() override { cancel(); }
    void kill() override { cancel(); }

  private:
    bool has_result() {
        if (Clock::now() - looked_at_ < look_interval) {
            return false;
        }
        looked_at_ = Clock::now();
        return fs::exists(result_);
    }
    void cancel() { is_cancelled_ = is_cancelled_ || queue_.cancel(name_); }

    BatchQueue& queue_;
    std::string name_;
    fs::path result_;
    Clock::time_point looked_at_ = {};
    std::optional<Clock::time_point> over_since_ = {};
    bool is_cancelled_ = false;
};

std::string script_text(const TaskRun& run, const TaskFiles& files) {
    std::string text = "#!/bin/sh\n";
    for (const auto& [name, value] : sparing_threads()) {
        text += "export " + name + "=" + shell_word(value) + "\n";
    }
    return text + "cd " + shell_word(run.folder.string()) + " || exit 1\nexec " +
           shell_word(run.program.string()) + " " + shell_word(files.task.string()) + " > " +
           shell_word(files.progress.string()) + " 2> " + shell_word(files.log.string()) + "\n";
}

std::string text_of(const fs::path& file) {
    return fs::exists(file) ? read_file(file) : "";
}

}  // namespace

std::size_t LocalHost::threads(std::size_t running) const {
    FIBONAQI_EXPECT(running > 0 && running <= cores_);
    return cores_ / running;
}

std::unique_ptr<HostedProgram> LocalHost::start(const TaskRun& run, const TaskFiles& files) {
    ProcessSpec spec;
    spec.argv = {run.program.string(), files.task.string()};
    spec.environment = sparing_threads();
    spec.directory = run.folder;
    spec.stdout_file = files.progress;
    spec.stderr_file = files.log;
    return std::make_unique<Child>(spec);
}

std::unique_ptr<HostedProgram> LocalHost::adopt(const TaskFiles&) {
    return nullptr;
}

std::size_t QueueHost::at_once() const {
    return jobs_at_once;
}

std::size_t QueueHost::threads(std::size_t) const {
    return resources_.cpus;
}

// The name differs from that of an earlier job for the same task, which the queue may still show.
std::unique_ptr<HostedProgram> QueueHost::start(const TaskRun& run, const TaskFiles& files) {
    const std::string name =
        "fb-" + Sha256().text(read_file(files.task)).text(text_of(files.job)).hex().substr(0, 16);
    const fs::path script = files.job.string() + ".sh";
    write_file_atomically(script, script_text(run, files));
    fs::permissions(script, fs::perms::owner_exec, fs::perm_options::add);
    write_file_atomically(files.job, name + "\n");
    queue_->submit({name, script, files.job.string() + ".log", resources_});
    return std::make_unique<QueuedProgram>(*queue_, name, files.result);
}

std::unique_ptr<HostedProgram> QueueHost::adopt(const TaskFiles& files) {
    const std::vector<std::string> lines = split_text(text_of(files.job), '\n');
    if (lines.empty() || queue_->knows(lines.front()) || !queue_->adopt_running(lines.front())) {
        return nullptr;
    }
    return std::make_unique<QueuedProgram>(*queue_, lines.front(), files.result);
}

std::unique_ptr<TaskHost> make_task_host(const ExecutorOptions& options, std::size_t cores,
                                         const fs::path& folder) {
    if (options.is_local()) {
        return std::make_unique<LocalHost>(cores);
    }
    return std::make_unique<QueueHost>(make_batch_queue(options, folder), options.resources);
}

}  // namespace fibonaqi
