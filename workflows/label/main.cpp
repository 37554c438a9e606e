// fibonaqi-label TASK.json: computes one label. Small, without LibTorch and LAMMPS: one runs per slot.
#include <csignal>
#include <exception>
#include <filesystem>
#include <iostream>
#include <string>

#include "fibonaqi/base/error.hpp"
#include "fibonaqi/base/json.hpp"
#include "fibonaqi/base/log.hpp"

#include "workflows/label/supervisor.hpp"

namespace {

volatile std::sig_atomic_t is_cancelled = 0;

void on_terminate(int) {
    is_cancelled = 1;
}

// Result of a supervisor that could not work.
fibonaqi::Json failure_record(const std::string& message, fibonaqi::ExitCode code) {
    fibonaqi::Json record = fibonaqi::make_record("result", 1);
    record["ok"] = false;
    record["exit_code"] = static_cast<int>(code);
    record["error"] = message;
    return record;
}

int run(const std::filesystem::path& task_file) {
    using namespace fibonaqi;
    const LabelTask task = label_task_from_json(read_json(task_file), task_file.string());
    try {
        write_json(task.result, to_json(label::supervise(task, is_cancelled)));
        return 0;
    } catch (const Error& error) {
        log::error(error.what());
        write_json(task.result, failure_record(error.what(), error.exit_code()));
        return static_cast<int>(error.exit_code());
    } catch (const std::exception& error) {
        log::error(std::string("internal error: ") + error.what());
        write_json(task.result, failure_record(error.what(), ExitCode::internal));
        return static_cast<int>(ExitCode::internal);
    }
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 2 || std::string(argv[1]) == "--help") {
        std::cerr
            << "usage: fibonaqi-label TASK.json (docs/formats.md; started by `fibonaqi label` and `run`)\n";
        return argc == 2 ? 0 : static_cast<int>(fibonaqi::ExitCode::usage);
    }
    std::signal(SIGTERM, on_terminate);
    std::signal(SIGINT, on_terminate);
    std::signal(SIGHUP, SIG_IGN);  // the label is paid for: it outlives the terminal and the engine
    try {
        return run(argv[1]);
    } catch (const fibonaqi::Error& error) {
        fibonaqi::log::error(error.what());
        return static_cast<int>(error.exit_code());
    } catch (const std::exception& error) {
        fibonaqi::log::error(std::string("internal error: ") + error.what());
        return static_cast<int>(fibonaqi::ExitCode::internal);
    }
}
