#include "workflows/cli/driver_test_run.hpp"

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <set>
#include <thread>

#include "fibonaqi/base/error.hpp"
#include "fibonaqi/base/file_system.hpp"
#include "fibonaqi/base/log.hpp"
#include "fibonaqi/base/sister_programs.hpp"
#include "fibonaqi/label/label_record.hpp"
#include "fibonaqi/label/local_executor.hpp"

namespace fibonaqi::cli {
namespace {

namespace fs = std::filesystem;
using Verdict = ConformanceFinding::Verdict;

volatile std::sig_atomic_t is_interrupted = 0;

void on_interrupt(int) {
    is_interrupted = 1;
}

// Runs of one driver, each in a folder of its own.
class RunFolder {
  public:
    RunFolder(const LabelDriver& driver, const DriverTestOptions& options)
        : driver_(driver),
          options_(options),
          executor_(sister_program("fibonaqi-label"), {.slots = options.slots}) {
        make_directories(options_.work);
    }

    // Starts the next run; its number. hard_seconds 0: the time limit of the options.
    std::size_t plan(const ConformanceRun& run, double hard_seconds = 0.0) {
        const std::size_t number = ++count_;
        make_directories(folder(number));
        LabelTask task;
        task.key = std::to_string(number);
        task.driver = driver_.configuration();
        task.limits.hard_seconds = hard_seconds > 0.0 ? hard_seconds : options_.time_limit_seconds;
        task.limits.soft_seconds = hard_seconds > 0.0 ? 0.0 : 0.9 * options_.time_limit_seconds;
        task.limits.stall_seconds = 0.0;
        task.limits.grace_seconds = hard_seconds > 0.0 ? 0.0 : task.limits.grace_seconds;
        task.limits.max_attempts = 1;
        task.request = run.request;
        task.changes = run.changes;
        task.directory = attempt(number);
        task.result = folder(number) / "result.json";
        write_json(folder(number) / "task.json", to_json(task));
        waiting_.push_back(
            {task.key, task.directory, folder(number) / "task.json", task.result, folder(number) / "log"});
        return number;
    }

    void finish_all() {
        std::size_t done = 0;
        const std::size_t all = waiting_.size();
        std::vector<std::string> running;
        std::set<std::string> supervisors;
        while (!waiting_.empty() || !running.empty()) {
            supervisors.clear();
            for (const std::string& key : running) {
                supervisors.insert(executor_.handle(key));
            }
            while (!waiting_.empty() && supervisors.size() < options_.slots) {
                supervisors.insert(start(running, options_.slots - supervisors.size()));
            }
            done += std::erase_if(running, [&](const std::string& key) {
                return executor_.poll(key).state != JobState::running;
            });
            show(done, all);
            expect_not_interrupted(running);
            std::this_thread::sleep_for(std::chrono::milliseconds(10));
        }
    }

    LabelResult result(std::size_t number) const {
        const fs::path file = folder(number) / "result.json";
        if (fs::exists(file)) {
            return label_result_from_json(read_json(file), file.string());
        }
        LabelResult lost;
        lost.outcome = LabelFailure{FailureKind::signal, "its supervisor ended without leaving a result"};
        return lost;
    }

    fs::path attempt(std::size_t number) const { return folder(number) / "attempt"; }

    // Files that lie where no run has any business.
    std::vector<std::string> strays() const {
        static const std::set<std::string> known{"attempt",   "attempt.session", "attempt.session.again",
                                                 "task.json", "result.json",     "log"};
        std::vector<std::string> strays;
        for (const fs::directory_entry& entry : fs::directory_iterator(options_.work)) {
            const std::string name = entry.path().filename().string();
            if (!name.starts_with("run-")) {
                strays.push_back(name);
                continue;
            }
            for (const fs::directory_entry& inner : fs::directory_iterator(entry.path())) {
                if (!known.contains(inner.path().filename().string())) {
                    strays.push_back(name + "/" + inner.path().filename().string());
                }
            }
        }
        return strays;
    }

  private:
    fs::path folder(std::size_t number) const {
        return options_.work / ("run-" + std::string(number < 10 ? "0" : "") + std::to_string(number));
    }

    // One run, or with a program that serves the share of this slot. Returns the supervisor.
    std::string start(std::vector<std::string>& running, std::size_t free) {
        const std::size_t share = (waiting_.size() + free - 1) / free;
        const auto size = static_cast<std::ptrdiff_t>(driver_.capabilities().serves ? share : 1);
        const std::vector<ExecutorJob> pack(waiting_.begin(), waiting_.begin() + size);
        waiting_.erase(waiting_.begin(), waiting_.begin() + size);
        executor_.start(pack);
        for (const ExecutorJob& job : pack) {
            running.push_back(job.key);
        }
        return executor_.handle(pack.front().key);
    }

    void show(std::size_t done, std::size_t all) {
        if (done != shown_) {
            shown_ = done;
            log::info("[" + std::to_string(done) + "/" + std::to_string(all) + "] runs done");
        }
    }

    void expect_not_interrupted(const std::vector<std::string>& running) {
        if (is_interrupted == 0) {
            return;
        }
        for (const std::string& key : running) {
            executor_.cancel(key);
        }
        throw Error("stopped (Ctrl-C); what was computed lies in '" + options_.work.string() + "'",
                    ExitCode::interrupted);
    }

    const LabelDriver& driver_;
    const DriverTestOptions& options_;
    LocalExecutor executor_;
    std::size_t count_ = 0;
    std::size_t shown_ = 0;
    std::vector<ExecutorJob> waiting_;
};

// What comes of a run that is killed in its midst.
ConformanceFinding judge_killed(const LabelDriver& driver, const LabelRequest& example, RunFolder& runs,
                                double usual_seconds) {
    constexpr double share = 0.4;
    constexpr double least_seconds = 0.3;  // a supervisor looks every few hundredths of a second
    if (usual_seconds < least_seconds) {
        return {"killed", Verdict::unproven, "a run is over before it can be killed"};
    }
    const std::size_t number = runs.plan({"killed", example, Json::object()}, share * usual_seconds);
    runs.finish_all();
    const LabelResult result = runs.result(number);
    if (result.exit.how == ProcessExit::How::exited) {
        return {"killed", Verdict::unproven, "the run was over before it could be killed"};
    }
    const bool is_label = std::holds_alternative<AcceptedLabel>(result.outcome);
    const bool is_believed = !is_label && std::holds_alternative<AcceptedLabel>(
                                              driver.collect(example, ProcessExit{}, runs.attempt(number)));
    if (is_label || is_believed) {
        return {"killed", Verdict::failed, "a run that was killed is taken for a label"};
    }
    return {"killed", Verdict::passed, "a run that was killed is refused"};
}

ConformanceFinding judge_folders(const RunFolder& runs) {
    const std::vector<std::string> strays = runs.strays();
    if (strays.empty()) {
        return {"folders", Verdict::passed, "every run keeps to its own folder"};
    }
    return {"folders", Verdict::failed,
            "files outside of the run's own folder, for example '" + strays.front() +
                "': runs disturb each other"};
}

}  // namespace

std::vector<ConformanceFinding> test_driver(const LabelDriver& driver, const LabelRequest& example,
                                            const DriverTestOptions& options) {
    std::signal(SIGINT, on_interrupt);
    std::signal(SIGTERM, on_interrupt);
    const ConformanceKit kit(driver, example, {});
    RunFolder runs(driver, options);
    std::map<std::string, std::size_t> numbers;
    for (const ConformanceRun& run : kit.runs()) {
        numbers[run.name] = runs.plan(run);
    }
    runs.finish_all();
    ConformanceOutcomes outcomes;
    for (const auto& [name, number] : numbers) {
        outcomes.emplace(name, runs.result(number).outcome);
    }
    std::vector<ConformanceFinding> findings = kit.judge(outcomes);
    const std::size_t first = numbers.at("example");
    if (std::holds_alternative<LabelFailure>(outcomes.at("example"))) {
        return findings;
    }
    findings.push_back(judge_killed(driver, example, runs, runs.result(first).exit.wall_seconds));
    const auto damaged = judge_damaged_output(driver, example, runs.attempt(first));
    findings.insert(findings.end(), damaged.begin(), damaged.end());
    findings.push_back(judge_folders(runs));
    return findings;
}

}  // namespace fibonaqi::cli
