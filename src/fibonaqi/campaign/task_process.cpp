#include "fibonaqi/campaign/task_process.hpp"

#include <algorithm>
#include <csignal>
#include <cstring>
#include <fstream>

#include "fibonaqi/base/file_system.hpp"

namespace fibonaqi {
namespace {

namespace fs = std::filesystem;

constexpr std::streamoff tail_length = 4096;
// A program that ends without a word while so little is free had no room for its result.
constexpr std::uintmax_t full_below_bytes = 1'000'000;

// The last whole lines of a file that is being written; few enough to hold in memory.
std::vector<std::string> last_lines(const fs::path& path) {
    std::ifstream file(path, std::ios::binary | std::ios::ate);
    if (!file) {
        return {};
    }
    const std::streamoff size = file.tellg();
    file.seekg(std::max<std::streamoff>(0, size - tail_length));
    std::vector<std::string> lines;
    for (std::string line; std::getline(file, line) && !file.eof();) {
        if (line.find_first_not_of(" \t\r") != std::string::npos) {
            lines.push_back(line);
        }
    }
    return lines;
}

// Reads the result of an ended program into `end`.
void read_result(const TaskRun& run, const fs::path& file, TaskEnd& end) {
    try {
        end.result = read_json(file);
        check_record(end.result, "result", 1, file.string());
        if (!end.result.at("ok").get<bool>()) {
            end.problem = run.name + ": " + end.result.at("error").get<std::string>();
            end.code = static_cast<ExitCode>(end.result.at("exit_code").get<int>());
        }
    } catch (const Json::exception& error) {
        end.problem = run.name + ": '" + file.string() + "' is no result record (" + error.what() + ")";
        end.code = ExitCode::internal;
    } catch (const FormatError& error) {
        end.problem = run.name + ": " + error.what();
        end.code = ExitCode::internal;
    }
}

std::string manner_of(const ProcessEnd& ended) {
    return ended.signaled ? "signal " + std::to_string(ended.code) + ", " + ::strsignal(ended.code)
                          : "exit code " + std::to_string(ended.code);
}

void describe_crash(const TaskRun& run, const TaskFiles& files, const HostedEnd& hosted, TaskEnd& end) {
    const ProcessEnd& ended = hosted.process;
    end.code = hosted.may_resume ? ExitCode::stopped : ExitCode::internal;
    end.was_signaled = ended.signaled;
    if (free_bytes(run.folder) < full_below_bytes) {
        end.problem = run.name + ": the storage of '" + run.folder.string() +
                      "' is full (the program could not write its result) free some space, then resume";
        end.code = ExitCode::stopped;
        return;
    }
    const std::string how = hosted.told.empty() ? manner_of(ended) : hosted.told;
    const std::vector<std::string> log = last_lines(files.log);
    end.problem = run.name + ": " + run.program.filename().string() + " ended without a result (" + how +
                  (ended.signaled && ended.code == SIGKILL ? "; often the memory ran out" : "") +
                  (log.empty() ? "" : "; its last line: " + log.back()) + ") " +
                  (hosted.may_resume ? "resume, with more minutes for such jobs; see " : "see ") +
                  files.log.string();
}

// What the engine saw, else the program's own word: one that ran elsewhere was not our child. False: nobody
// knows.
bool read_usage(const fs::path& seen, TaskEnd& end) {
    std::error_code ignored;
    const Json own = end.result.is_object() ? end.result.value("usage", Json()) : Json();
    const Json usage = fs::exists(seen, ignored) ? Json::parse(read_file(seen), nullptr, false) : own;
    if (usage.is_object()) {
        end.cpu_seconds = usage.value("cpu_seconds", 0.0);
        end.max_rss_kB = usage.value("max_rss_kB", 0.0);
    }
    return usage.is_object();
}

// What an earlier engine left, if it is the answer to the same task.
std::optional<TaskEnd> earlier_end(const TaskRun& run, const TaskFiles& files, const std::string& task) {
    std::error_code ignored;
    if (!fs::exists(files.task, ignored) || !fs::exists(files.result, ignored) ||
        read_file(files.task) != task) {
        return std::nullopt;
    }
    TaskEnd end;
    read_result(run, files.result, end);
    const bool is_good = end.problem.empty() && read_usage(files.usage, end);
    return is_good ? std::optional(end) : std::nullopt;
}

}  // namespace

TaskProcess::TaskProcess(const TaskRun& run, TaskHost& host)
    : run_(run), host_(host), files_(task_files(run.folder)) {}

void TaskProcess::start() {
    make_directories(run_.folder);
    Json task = run_.task;
    task["result"] = files_.result.string();
    const std::string text = task.dump(2) + "\n";
    end_ = earlier_end(run_, files_, text);
    if (end_) {
        return;
    }
    std::error_code ignored;
    if (fs::exists(files_.task, ignored) && read_file(files_.task) == text) {
        program_ = host_.adopt(files_);
        end_ = program_ ? std::nullopt : earlier_end(run_, files_, text);  // it may have ended just now
    }
    if (program_ || end_) {
        return;
    }
    fs::remove(files_.result, ignored);
    fs::remove(files_.usage, ignored);
    for (const fs::path& output : run_.outputs) {
        fs::remove(output, ignored);
    }
    write_file_atomically(files_.task, text);
    program_ = host_.start(run_, files_);
}

void TaskProcess::poll() {
    if (!program_ || end_) {
        return;
    }
    if (const auto ended = program_->poll()) {
        finish(*ended);
    }
}

void TaskProcess::ask_to_end() {
    if (is_running()) {
        program_->ask_to_end();
    }
}

void TaskProcess::kill() {
    if (is_running()) {
        program_->kill();
    }
}

StageProgress TaskProcess::progress() const {
    StageProgress progress;
    for (const std::string& line : last_lines(files_.progress)) {
        const Json said = Json::parse(line, nullptr, false);
        if (said.is_object() && said.contains("done") && said.contains("total") &&
            said["done"].is_number_unsigned() && said["total"].is_number_unsigned()) {
            progress.done = said["done"].get<std::size_t>();
            progress.total = said["total"].get<std::size_t>();
            progress.note = said.contains("note") && said["note"].is_string() ? said["note"] : Json("");
        }
    }
    if (end_) {
        progress.done = progress.total;
    }
    return progress;
}

void TaskProcess::finish(const HostedEnd& ended) {
    TaskEnd end;
    end.cpu_seconds = ended.process.cpu_seconds;
    end.max_rss_kB = static_cast<double>(ended.process.max_rss_kB);
    if (fs::exists(files_.result)) {
        read_result(run_, files_.result, end);
        if (end.max_rss_kB == 0.0) {
            read_usage("", end);
        }
        write_json(files_.usage, Json{{"cpu_seconds", end.cpu_seconds}, {"max_rss_kB", end.max_rss_kB}});
    } else {
        describe_crash(run_, files_, ended, end);
    }
    end_ = std::move(end);
}

}  // namespace fibonaqi
