// fibonaqi-label TASK.json ...: computes labels, one after the other. Small, without LibTorch and LAMMPS: one
// runs per slot. Every task has a result file of its own, written as soon as that label is done.
#include <algorithm>
#include <csignal>
#include <iostream>

#include <sys/prctl.h>

#include "fibonaqi/base/error.hpp"

#include "dft_drivers/builtin_drivers.hpp"
#include "workflows/label/supervisor.hpp"
#include "workflows/task/task_program.hpp"

namespace fibonaqi::label {
namespace {

volatile std::sig_atomic_t is_cancelled = 0;

void on_terminate(int) {
    is_cancelled = 1;
}

// Labels of one driver: together where it serves, else one after the other.
int compute_all(const LabelDriver& driver, const std::vector<LabelTask>& tasks) {
    const Supervision with{driver, is_cancelled};
    if (driver.capabilities().serves) {
        serve(tasks, with, [&](std::size_t done, const LabelResult& result) {
            task::store_result(tasks[done].result, [&] { return to_json(result); });
        });
        return 0;
    }
    int code = 0;
    for (const LabelTask& task : tasks) {
        code =
            std::max(code, task::store_result(task.result, [&] { return to_json(supervise(task, with)); }));
    }
    return code;
}

// What is wrong with the driver is wrong with all of its tasks.
int compute_with(const Json& driver, const std::vector<LabelTask>& tasks) {
    try {
        return compute_all(*make_driver(driver, "/"), tasks);
    } catch (const std::exception&) {
        int code = 0;
        for (const LabelTask& task : tasks) {
            if (!std::filesystem::exists(task.result)) {
                code = std::max(code, task::store_result(task.result, []() -> Json { throw; }));
            }
        }
        return code;
    }
}

int compute(const std::vector<std::string>& files) {
    int code = 0;
    std::vector<LabelTask> tasks;  // those read, as long as they have the same driver
    const auto compute_tasks = [&] {
        code = tasks.empty() ? code : std::max(code, compute_with(tasks.front().driver, tasks));
        tasks.clear();
    };
    for (const std::string& file : files) {
        const task::TaskFile read = task::read_task_file(file, "label-task");
        LabelTask task;
        try {
            task = label_task_from_json(read.task, "task");
        } catch (const Error&) {
            code = std::max(code, task::store_result(read.result, []() -> Json { throw; }));
            continue;
        }
        if (!tasks.empty() && tasks.front().driver != task.driver) {
            compute_tasks();
        }
        tasks.push_back(std::move(task));
    }
    compute_tasks();
    return code;
}

}  // namespace
}  // namespace fibonaqi::label

int main(int argc, char** argv) {
    std::signal(SIGTERM, fibonaqi::label::on_terminate);
    std::signal(SIGINT, fibonaqi::label::on_terminate);
    std::signal(SIGHUP, SIG_IGN);  // the label is paid for: it outlives the terminal and the engine
    ::prctl(PR_SET_CHILD_SUBREAPER, 1);
    return fibonaqi::task::guarded_main([&] {
        const std::vector<std::string> files(argv + 1, argv + argc);
        if (files.empty() || files.front() == "--help") {
            std::cerr << "usage: fibonaqi-label TASK.json ... (docs/formats.md; started by `fibonaqi`)\n";
            return files.empty() ? static_cast<int>(fibonaqi::ExitCode::usage) : 0;
        }
        return fibonaqi::label::compute(files);
    });
}
