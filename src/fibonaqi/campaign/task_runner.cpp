#include "fibonaqi/campaign/task_runner.hpp"

#include <algorithm>
#include <chrono>
#include <memory>
#include <thread>

#include "fibonaqi/campaign/task_process.hpp"

namespace fibonaqi {
namespace {

constexpr std::chrono::milliseconds poll_interval{30};
constexpr std::chrono::seconds stop_grace{2};

using Processes = std::vector<std::unique_ptr<TaskProcess>>;

std::size_t count_ended(const Processes& processes) {
    return static_cast<std::size_t>(
        std::count_if(processes.begin(), processes.end(), [](const auto& one) { return one->is_ended(); }));
}

std::size_t count_running(const Processes& processes) {
    return static_cast<std::size_t>(
        std::count_if(processes.begin(), processes.end(), [](const auto& one) { return one->is_running(); }));
}

// Those that have said nothing yet count with the longest total that was heard of.
StageProgress sum_of(const Processes& processes, const std::string& unit) {
    StageProgress sum;
    std::size_t longest = 0;
    std::size_t silent = 0;
    for (const auto& process : processes) {
        const StageProgress one = process->is_started() ? process->progress() : StageProgress{};
        longest = std::max(longest, one.total);
        silent += one.total == 0 ? 1 : 0;
        sum.done += one.done;
        sum.total += one.total;
        sum.note = processes.size() == 1 ? one.note : sum.note;
    }
    sum.total += silent * longest;
    sum.unit = unit;
    if (processes.size() > 1) {
        sum.note = std::to_string(count_running(processes)) + " running, " +
                   std::to_string(count_ended(processes)) + " of " + std::to_string(processes.size()) +
                   " done";
    }
    return sum;
}

void start_more(const Processes& processes, std::size_t at_once) {
    for (const auto& process : processes) {
        if (count_running(processes) >= at_once) {
            return;
        }
        if (!process->is_started()) {
            process->start();
        }
    }
}

void poll_all(const Processes& processes) {
    for (const auto& process : processes) {
        process->poll();
    }
}

void stop_all(const Processes& processes) {
    for (const auto& process : processes) {
        process->ask_to_end();
    }
    const auto deadline = std::chrono::steady_clock::now() + stop_grace;
    while (count_running(processes) > 0 && std::chrono::steady_clock::now() < deadline) {
        std::this_thread::sleep_for(poll_interval);
        poll_all(processes);
    }
    for (const auto& process : processes) {
        process->kill();
    }
}

// What must not be taken for the answer to a task: a full storage, or a child that the stop has hit as well.
void expect_answers(const Processes& processes, StopRequest stop) {
    for (const auto& process : processes) {
        if (!process->is_ended() || process->end().problem.empty()) {
            continue;
        }
        const TaskEnd& end = process->end();
        if (stop != StopRequest::none && end.was_signaled) {
            throw_stopped(stop);
        }
        if (end.code == ExitCode::stopped) {
            throw Error(end.problem, end.code);
        }
    }
}

}  // namespace

std::vector<TaskEnd> run_tasks(const std::vector<TaskRun>& runs, std::size_t at_once,
                               const TaskSurroundings& in, const std::string& unit) {
    Processes processes;
    for (const TaskRun& run : runs) {
        processes.push_back(std::make_unique<TaskProcess>(run, in.host));
    }
    while (count_ended(processes) < processes.size()) {
        const StopRequest stop = in.progress.poll_stop();
        if (stop == StopRequest::none) {
            start_more(processes, at_once);
        } else if (stop == StopRequest::now || count_running(processes) == 0) {
            stop_all(processes);
            throw_stopped(stop);
        }
        std::this_thread::sleep_for(poll_interval);
        poll_all(processes);
        if (in.meanwhile) {
            in.meanwhile();
        }
        in.progress.update(sum_of(processes, unit));
        expect_answers(processes, in.progress.poll_stop());
    }
    std::vector<TaskEnd> ends;
    for (const auto& process : processes) {
        ends.push_back(process->end());
    }
    return ends;
}

TaskEnd run_task(const TaskRun& run, const TaskSurroundings& in, const std::string& unit) {
    TaskEnd end = run_tasks({run}, 1, in, unit).front();
    if (!end.problem.empty()) {
        throw Error(end.problem, end.code);
    }
    return end;
}

}  // namespace fibonaqi
