#include "workflows/task/task_program.hpp"

#include <algorithm>
#include <chrono>
#include <exception>
#include <filesystem>
#include <iostream>
#include <new>

#include <sys/resource.h>

#include "fibonaqi/base/error.hpp"
#include "fibonaqi/base/log.hpp"

namespace fibonaqi::task {
namespace {

// Of this process and the children that it waited for: CPU time and largest memory.
Json own_usage() {
    struct rusage self {
    }, children{};
    ::getrusage(RUSAGE_SELF, &self);
    ::getrusage(RUSAGE_CHILDREN, &children);
    double seconds = 0.0;
    for (const timeval& time : {self.ru_utime, self.ru_stime, children.ru_utime, children.ru_stime}) {
        seconds += static_cast<double>(time.tv_sec) + 1.0e-6 * static_cast<double>(time.tv_usec);
    }
    return {{"cpu_seconds", seconds}, {"max_rss_kB", std::max(self.ru_maxrss, children.ru_maxrss)}};
}

Json success_record(const Json& keys, double seconds) {
    Json record = make_record("result", 1);
    record["ok"] = true;
    record["seconds"] = seconds;
    record["usage"] = own_usage();
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

std::filesystem::path result_of(const Json& task, const std::string& source) {
    const auto found = task.find("result");
    if (found == task.end() || !found->is_string()) {
        throw ConfigError(source + ": key result is missing or no text (the result is written there) add it");
    }
    return found->get<std::string>();
}

}  // namespace

TaskFile read_task_file(const std::filesystem::path& file, const std::string& kind) {
    TaskFile read{read_json(file), {}};
    check_record(read.task, kind, 1, file.string());
    read.result = result_of(read.task, file.string());
    return read;
}

int store_result(const std::filesystem::path& result, const std::function<Json()>& work) {
    const auto start = std::chrono::steady_clock::now();
    try {
        const Json keys = work();
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

int guarded_main(const std::function<int()>& body) noexcept {
    try {
        return body();
    } catch (const Error& error) {
        log::error(error.what());
        return static_cast<int>(error.exit_code());
    } catch (const std::exception& error) {
        log::error(std::string("internal error: ") + error.what());
        return static_cast<int>(ExitCode::internal);
    }
}

int run_task_program(int argument_count, char** arguments, const TaskProgram& program) noexcept {
    return guarded_main([&] {
        if (argument_count != 2 || std::string(arguments[1]) == "--help") {
            std::cerr << "usage: " << program.name
                      << " TASK.json (docs/formats.md; started by `fibonaqi` subcommands)\n"
                      << program.also;
            return argument_count == 2 ? 0 : static_cast<int>(ExitCode::usage);
        }
        const TaskFile file = read_task_file(arguments[1], program.kind);
        return store_result(file.result, [&] { return program.work(file.task); });
    });
}

}  // namespace fibonaqi::task
