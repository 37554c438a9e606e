// The frame of a program that does one task: reads TASK.json, writes the result as its last act.
#pragma once

#include <filesystem>
#include <functional>
#include <string>

#include "fibonaqi/base/json.hpp"

namespace fibonaqi::task {

struct TaskProgram {
    std::string name;                            ///< for the usage line: "fibonaqi-worker"
    std::string kind;                            ///< of the record: "worker-task"
    std::function<Json(const Json& task)> work;  ///< gives the keys of the result; may throw
    std::string also = {};                       ///< what else it can be called with, for the usage line
};

/// A task file, read as far as every program must: it is a task of this kind, and says where its result goes.
struct TaskFile {
    Json task;
    std::filesystem::path result;
};

/// Throws FileError, FormatError, ConfigError.
TaskFile read_task_file(const std::filesystem::path& file, const std::string& kind);

/// Writes the result record: the keys that `work` gives, or what it throws, as "ok": false. Returns the exit
/// code for that. Throws only when the record cannot be written.
int store_result(const std::filesystem::path& result, const std::function<Json()>& work);

/// Runs the body of a main; what it throws goes to stderr and becomes an exit code.
int guarded_main(const std::function<int()>& body) noexcept;

/// What main does and returns. Whatever `work` throws becomes a result that says so; what goes wrong before
/// the place of the result is known goes to stderr. Nothing escapes.
int run_task_program(int argument_count, char** arguments, const TaskProgram& program) noexcept;

}  // namespace fibonaqi::task
