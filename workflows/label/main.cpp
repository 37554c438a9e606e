// fibonaqi-label TASK.json ...: computes labels, one after the other. Small, without LibTorch and LAMMPS: one
// runs per slot. Every task has a result file of its own, written as soon as that label is done.
#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <iostream>
#include <limits>

#include <sys/prctl.h>
#include <sys/resource.h>

#include "fibonaqi/base/error.hpp"
#include "fibonaqi/base/log.hpp"

#include "dft_drivers/builtin_drivers.hpp"
#include "workflows/label/attempt.hpp"
#include "workflows/label/supervisor.hpp"
#include "workflows/task/task_program.hpp"

namespace fibonaqi::label {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

volatile std::sig_atomic_t is_cancelled = 0;

void on_terminate(int) {
    is_cancelled = 1;
}

// What this process was told about itself.
struct Orders {
    double seconds = std::numeric_limits<double>::infinity();  // after which the job is ended from outside
    std::vector<std::string> files;
};

// Labels one after the other, as long as another one is likely to be done in time. Those that are left have
// no attempt directory: that is how the executor knows.
int compute_in_turn(const std::vector<LabelTask>& tasks, const Supervision& with) {
    int code = 0;
    double longest = 0.0;
    for (const LabelTask& task : tasks) {
        const double before = with.seconds_left();
        if (with.cancelled != 0 || (longest > 0.0 && before < 1.5 * longest)) {
            break;
        }
        if (!claim_directory(task.directory)) {
            log::warning("'" + task.directory.string() +
                         "' is there already (another supervisor has this label)");
            continue;
        }
        const auto start = Clock::now();
        code =
            std::max(code, task::store_result(task.result, [&] { return to_json(supervise(task, with)); }));
        longest = std::max(longest, std::chrono::duration<double>(Clock::now() - start).count());
    }
    return code;
}

// Labels of one driver: together where it serves.
int compute_all(const LabelDriver& driver, std::vector<LabelTask> tasks, double seconds) {
    const auto start = Clock::now();
    const Supervision with{driver, is_cancelled, [=] {
                               return seconds - std::chrono::duration<double>(Clock::now() - start).count();
                           }};
    if (!driver.capabilities().serves) {
        return compute_in_turn(tasks, with);
    }
    std::erase_if(tasks, [](const LabelTask& task) { return fs::exists(task.result); });
    serve(tasks, with, [&](std::size_t done, const LabelResult& result) {
        task::store_result(tasks[done].result, [&] { return to_json(result); });
    });
    return 0;
}

// What is wrong with the driver is wrong with all of its tasks.
int compute_with(const Json& driver, const std::vector<LabelTask>& tasks, double seconds) {
    try {
        return compute_all(*make_driver(driver, "/"), tasks, seconds);
    } catch (const std::exception&) {
        int code = 0;
        for (const LabelTask& task : tasks) {
            if (!fs::exists(task.result)) {
                code = std::max(code, task::store_result(task.result, []() -> Json { throw; }));
            }
        }
        return code;
    }
}

int compute(const Orders& orders) {
    const auto start = Clock::now();
    int code = 0;
    std::vector<LabelTask> tasks;  // those read, as long as they have the same driver
    const auto compute_tasks = [&] {
        const double taken = std::chrono::duration<double>(Clock::now() - start).count();
        code = tasks.empty()
                   ? code
                   : std::max(code, compute_with(tasks.front().driver, tasks, orders.seconds - taken));
        tasks.clear();
    };
    for (const std::string& file : orders.files) {
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

double positive(const std::string& option, const std::string& text) {
    char* end = nullptr;
    const double value = std::strtod(text.c_str(), &end);
    if (text.empty() || *end != '\0' || !(value > 0.0)) {
        throw ConfigError(option + " " + text + " is no number above 0");
    }
    return value;
}

Orders read_arguments(std::vector<std::string> arguments) {
    Orders orders;
    while (arguments.size() > 1 && (arguments[0] == "--seconds" || arguments[0] == "--nice")) {
        const double value = positive(arguments[0], arguments[1]);
        if (arguments[0] == "--seconds") {
            orders.seconds = value;
        } else {
            ::setpriority(PRIO_PROCESS, 0, static_cast<int>(value));  // its programs inherit it
        }
        arguments.erase(arguments.begin(), arguments.begin() + 2);
    }
    orders.files = std::move(arguments);
    return orders;
}

}  // namespace
}  // namespace fibonaqi::label

int main(int argc, char** argv) {
    std::signal(SIGTERM, fibonaqi::label::on_terminate);
    std::signal(SIGINT, fibonaqi::label::on_terminate);
    std::signal(SIGHUP, SIG_IGN);  // the label is paid for: it outlives the terminal and the engine
    ::prctl(PR_SET_CHILD_SUBREAPER, 1);
    return fibonaqi::task::guarded_main([&] {
        const auto orders = fibonaqi::label::read_arguments({argv + 1, argv + argc});
        if (orders.files.empty() || orders.files.front() == "--help") {
            std::cerr
                << "usage: fibonaqi-label [--seconds S] [--nice N] TASK.json ... (docs/formats.md; "
                   "started by `fibonaqi`)\n"
                   "  --seconds S  this process is ended after S seconds: labels are fitted in, or left\n"
                   "  --nice N     priority of the programs, from 1 to 19 (lowest)\n";
            return orders.files.empty() ? static_cast<int>(fibonaqi::ExitCode::usage) : 0;
        }
        return fibonaqi::label::compute(orders);
    });
}
