// The frame of a program that does one task: reads TASK.json, writes the result as its last act.
#pragma once

#include <functional>
#include <string>

#include "fibonaqi/base/json.hpp"

namespace fibonaqi::task {

struct TaskProgram {
    std::string name;                            ///< for the usage line: "fibonaqi-worker"
    std::string kind;                            ///< of the record: "worker-task"
    std::function<Json(const Json& task)> work;  ///< gives the keys of the result; may throw
};

/// What main does and returns. Whatever `work` throws becomes a result that says so; what goes wrong before
/// the place of the result is known goes to stderr. Nothing escapes.
int run_task_program(int argument_count, char** arguments, const TaskProgram& program) noexcept;

}  // namespace fibonaqi::task
