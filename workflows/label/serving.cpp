#include <algorithm>
#include <chrono>
#include <deque>
#include <fstream>

#include "fibonaqi/base/file_system.hpp"
#include "fibonaqi/base/process_identity.hpp"
#include "fibonaqi/label/label_protocol.hpp"

#include "workflows/label/attempt.hpp"
#include "workflows/label/program_run.hpp"
#include "workflows/label/supervisor.hpp"

namespace fibonaqi::label {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

constexpr const char* requests_file = "requests.jsonl";
constexpr int tries_per_request = 2;

// The complete lines that a growing file has gained since the last call.
class LineReader {
  public:
    explicit LineReader(fs::path file) : file_(std::move(file)) {}

    std::vector<std::string> new_lines() {
        std::ifstream stream(file_);
        stream.seekg(position_);
        std::vector<std::string> lines;
        for (std::string line; std::getline(stream, line) && !stream.eof();) {
            position_ += static_cast<std::streamoff>(line.size()) + 1;
            lines.push_back(std::move(line));
        }
        return lines;
    }

  private:
    fs::path file_;
    std::streamoff position_ = 0;
};

std::string last_words(const fs::path& file) {
    constexpr std::size_t longest = 300;
    std::ifstream stream(file);
    std::string last;
    for (std::string line; std::getline(stream, line);) {
        last = line.find_first_not_of(" \t\r") == std::string::npos ? last : line.substr(0, longest);
    }
    return last;
}

// One process, and what it says.
class Session {
  public:
    using Deliver = std::function<void(std::size_t, const LabelResult&)>;

    Session(const std::vector<LabelTask>& tasks, std::deque<std::size_t>& open, const Supervision& with,
            const Deliver& deliver)
        : tasks_(tasks), open_(open), with_(with), deliver_(deliver) {}

    // Runs the program for the open tasks; those that it answers leave `open`.
    ProcessExit run(const fs::path& directory) {
        make_fresh_directory(directory);
        job_ = with_.driver.prepare(tasks_[open_.front()].request, {}, directory, 0.0);
        job_.stdin_file = directory / requests_file;
        write_requests();
        LineReader lines(job_.stdout_file);
        RunEnd end = run_program(job_, tasks_[open_.front()].limits,
                                 {[this] { return with_.cancelled != 0; },
                                  [&](pid_t pid) { return take(lines.new_lines(), cpu_seconds_of(pid)); }});
        take(lines.new_lines(), end.exit.cpu_seconds);
        const std::string words = last_words(job_.stderr_file);
        end.exit.message += (end.exit.message.empty() || words.empty() ? "" : "; ") + words;
        return end.exit;
    }

    bool was_ready() const { return is_ready_; }
    // Of a program that was never ready, for whatever it did then; empty where the supervisor ended it.
    std::optional<LabelFailure> launch_failure(const ProcessExit& exit) const {
        if (!refusal_.empty()) {
            return LabelFailure{FailureKind::launch, refusal_};
        }
        if (is_ready_ || supervisors_verdict(exit)) {
            return std::nullopt;
        }
        return LabelFailure{FailureKind::launch,
                            "the program ended before it said {\"ready\": true, ...} (exit code " +
                                std::to_string(exit.code) + ")" +
                                (exit.message.empty() ? "" : "; " + exit.message)};
    }
    const std::vector<std::string>& command() const { return job_.argv; }

  private:
    void write_requests() const {
        std::string text;
        for (const std::size_t task : open_) {
            text += request_line(tasks_[task].request, task, tasks_[task].changes) + "\n";
        }
        write_file_atomically(job_.stdin_file, text);
    }

    bool take(const std::vector<std::string>& lines, double cpu_seconds) {
        bool has_answered = false;
        for (const std::string& text : lines) {
            const ProgramLine line = read_program_line(text);
            if (line.kind == ProgramLine::Kind::ready) {
                refusal_ = ready_problem(line.content);
                is_ready_ = refusal_.empty();
                version_ = line.content.value("version", Json());
                has_answered = true;
            } else if (line.kind == ProgramLine::Kind::reply && is_ready_) {
                has_answered = answer(line, cpu_seconds) || has_answered;
            }
        }
        return has_answered;
    }

    bool answer(const ProgramLine& line, double cpu_seconds) {
        const auto place = std::find(open_.begin(), open_.end(), line.id);
        if (place == open_.end()) {
            return false;  // a second reply, or one to a question that nobody asked
        }
        const LabelTask& task = tasks_[line.id];
        make_directories(task.directory);
        write_json(task.directory / reply_file, reply_record(line.content, version_));
        LabelResult result;
        result.command = job_.argv;
        result.exit.wall_seconds = std::chrono::duration<double>(Clock::now() - answered_at_).count();
        result.exit.cpu_seconds = cpu_seconds - cpu_seconds_;
        result.outcome =
            believed(with_.driver.collect(task.request, result.exit, task.directory), task.request);
        answered_at_ = Clock::now();
        cpu_seconds_ = cpu_seconds;
        open_.erase(place);
        deliver_(line.id, result);
        return true;
    }

    const std::vector<LabelTask>& tasks_;
    std::deque<std::size_t>& open_;
    const Supervision& with_;
    const Deliver& deliver_;

    LabelJob job_;
    bool is_ready_ = false;
    std::string refusal_;
    Json version_;
    Clock::time_point answered_at_ = Clock::now();
    double cpu_seconds_ = 0.0;  // of the process, when it gave its last answer
};

}  // namespace

void serve(const std::vector<LabelTask>& tasks, const Supervision& with,
           const std::function<void(std::size_t, const LabelResult&)>& deliver) {
    std::deque<std::size_t> open;
    for (std::size_t task = 0; task < tasks.size(); ++task) {
        open.push_back(task);
    }
    std::vector<int> tries(tasks.size(), 0);
    const auto fail = [&](const Session& session, const ProcessExit& exit) {
        const LabelTask& task = tasks[open.front()];
        LabelResult result;
        result.exit = exit;
        result.command = session.command();
        const auto never_begun = session.launch_failure(exit);
        result.outcome = never_begun ? LabelOutcome(*never_begun)
                                     : with.driver.collect(task.request, exit, task.directory);
        deliver(open.front(), result);
        open.pop_front();
    };
    while (!open.empty()) {
        const std::size_t first = open.front();
        const std::string again = tries[first] == 0 ? "" : ".again";
        Session session(tasks, open, with, deliver);
        const ProcessExit exit = session.run(tasks[first].directory.string() + ".session" + again);
        const bool is_over = !session.was_ready() || with.cancelled != 0;
        while (is_over && !open.empty()) {
            fail(session, exit);
        }
        if (!open.empty() && ++tries[open.front()] == tries_per_request) {
            fail(session, exit);
        }
    }
}

}  // namespace fibonaqi::label
