// fibonaqi-worker TASK.json: one task with LibTorch - features, selection, training, evaluation.
#include <chrono>
#include <exception>
#include <filesystem>
#include <functional>
#include <iostream>
#include <map>
#include <string>

#include "fibonaqi/base/error.hpp"
#include "fibonaqi/base/log.hpp"
#include "fibonaqi/base/suggest.hpp"
#include "fibonaqi/nn/torch_runtime.hpp"

#include "workflows/worker/task_keys.hpp"
#include "workflows/worker/tasks.hpp"

namespace {

using namespace fibonaqi;

const std::map<std::string, std::function<Json(const Json&)>>& tasks() {
    static const std::map<std::string, std::function<Json(const Json&)>> table{
        {"evaluate", worker::run_evaluate},
        {"features", worker::run_features},
        {"select", worker::run_select},
    };
    return table;
}

Json run_task(const Json& task) {
    const std::string name = worker::text(task, "task");
    const auto found = tasks().find(name);
    if (found == tasks().end()) {
        std::vector<std::string> names;
        for (const auto& [known, function] : tasks()) {
            names.push_back(known);
        }
        throw ConfigError("task '" + name + "' is unknown" + suggestion(name, names));
    }
    nn::prepare_torch(worker::count(task, "threads", 1));
    return found->second(task);
}

Json success_record(const Json& keys, double seconds) {
    Json record = make_record("result", 1);
    record["ok"] = true;
    record["seconds"] = seconds;
    record.update(keys);
    return record;
}

Json failure_record(const std::string& message, ExitCode code) {
    Json record = make_record("result", 1);
    record["ok"] = false;
    record["exit_code"] = static_cast<int>(code);
    record["error"] = message;
    return record;
}

// Whoever started this program reads the result and shows the message.
int fail(const std::filesystem::path& result, const std::string& message, ExitCode code) {
    write_json(result, failure_record(message, code));
    return static_cast<int>(code);
}

// The result is the last thing written, whatever happened.
int run(const std::filesystem::path& task_file) {
    const Json task = read_json(task_file);
    check_record(task, "worker-task", 1, task_file.string());
    const std::filesystem::path result = worker::text(task, "result");
    const auto start = std::chrono::steady_clock::now();
    try {
        const Json keys = run_task(task);
        const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - start;
        write_json(result, success_record(keys, taken.count()));
        return 0;
    } catch (const Error& error) {
        return fail(result, error.what(), error.exit_code());
    } catch (const std::bad_alloc&) {
        return fail(result, "out of memory (the batch or the structures are too large) use a smaller chunk",
                    ExitCode::internal);
    } catch (const std::exception& error) {
        return fail(result, std::string("internal error: ") + error.what(), ExitCode::internal);
    }
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 2 || std::string(argv[1]) == "--help") {
        std::cerr
            << "usage: fibonaqi-worker TASK.json (docs/formats.md; started by `fibonaqi` subcommands)\n";
        return argc == 2 ? 0 : static_cast<int>(fibonaqi::ExitCode::usage);
    }
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
