#include "workflows/cli/worker_process.hpp"

#include <chrono>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <optional>

#include <unistd.h>

#include "fibonaqi/base/error.hpp"
#include "fibonaqi/base/file_system.hpp"
#include "fibonaqi/base/scratch_folder.hpp"
#include "fibonaqi/base/sister_programs.hpp"
#include "fibonaqi/base/subprocess.hpp"

namespace fibonaqi::cli {
namespace {

namespace fs = std::filesystem;

constexpr const char* worker = "fibonaqi-worker";

// Follows the progress lines of a worker and keeps the newest on one line of the terminal.
class ProgressView {
  public:
    explicit ProgressView(const fs::path& file) : input_(file), is_terminal_(::isatty(STDERR_FILENO) == 1) {}

    void update() {
        std::string line;
        while (true) {
            const std::streampos begin = input_.tellg();
            if (!std::getline(input_, line) || input_.eof()) {
                input_.clear();  // an unfinished line is read again when it is complete
                input_.seekg(begin);
                return;
            }
            show(line);
        }
    }

    void finish() {
        if (is_shown_) {
            std::cerr << "\r\033[K" << std::flush;
        }
    }

  private:
    void show(const std::string& line) {
        const Json progress = Json::parse(line, nullptr, false);
        if (!is_terminal_ || !progress.is_object() || !progress.contains("total")) {
            return;
        }
        std::cerr << "\r\033[K" << progress.value("progress", "") << " " << progress.value("done", 0) << "/"
                  << progress.value("total", 0) << " " << progress.value("note", "") << std::flush;
        is_shown_ = true;
    }

    std::ifstream input_;
    bool is_terminal_;
    bool is_shown_ = false;
};

[[noreturn]] void throw_crash(const std::string& program, const ProcessEnd& end, const std::string& log) {
    const std::string how = end.signaled ? "signal " + std::to_string(end.code) + ", " + strsignal(end.code)
                                         : "exit code " + std::to_string(end.code);
    throw Error(program + " ended without a result (" + how + ") its last lines are " + log +
                "; signal 9 often means that the memory ran out");
}

Json result_of(const std::string& program, const fs::path& file, const ProcessEnd& end,
               const std::string& log) {
    if (!fs::exists(file)) {
        throw_crash(program, end, log);
    }
    Json result = read_json(file);
    check_record(result, "result", 1, file.string());
    if (!result.at("ok").get<bool>()) {
        throw Error(result.at("error").get<std::string>(),
                    static_cast<ExitCode>(result.at("exit_code").get<int>()));
    }
    return result;
}

// Puts task and result into `folder`; where the lines of stdout and stderr go is the caller's.
ProcessSpec program_spec(const std::string& program, const Json& task, const ScratchFolder& folder) {
    Json complete = task;
    complete["result"] = (folder / "result.json").string();
    write_json(folder / "task.json", complete);
    std::ofstream(folder / "progress.jsonl").close();
    ProcessSpec spec;
    spec.argv = {sister_program(program), (folder / "task.json").string()};
    spec.environment = sparing_threads();
    spec.stdout_file = folder / "progress.jsonl";
    return spec;
}

}  // namespace

Json run_worker(const Json& task) {
    const ScratchFolder folder;
    Subprocess process(program_spec(worker, task, folder));
    ProgressView view(folder / "progress.jsonl");
    std::optional<ProcessEnd> end;
    while (!end) {
        end = process.wait_for(std::chrono::milliseconds(100));
        view.update();
    }
    view.finish();
    return result_of(worker, folder / "result.json", *end, "above");
}

WorkerRun run_quietly(const std::string& program, const Json& task, const fs::path& log) {
    const ScratchFolder folder;
    ProcessSpec spec = program_spec(program, task, folder);
    spec.stderr_file = log;
    const ProcessEnd end = Subprocess(spec).wait();
    return {result_of(program, folder / "result.json", end, "in '" + log.string() + "'"), end.cpu_seconds};
}

WorkerRun run_worker_quietly(const Json& task, const fs::path& log) {
    return run_quietly(worker, task, log);
}

}  // namespace fibonaqi::cli
