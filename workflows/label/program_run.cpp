#include "workflows/label/program_run.hpp"

#include <algorithm>
#include <chrono>
#include <fstream>
#include <sstream>

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fibonaqi/base/error.hpp"
#include "fibonaqi/base/process_identity.hpp"
#include "fibonaqi/base/subprocess.hpp"

namespace fibonaqi::label {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;
using How = ProcessExit::How;

constexpr std::chrono::milliseconds poll_interval{50};

double seconds_since(Clock::time_point start) {
    return std::chrono::duration<double>(Clock::now() - start).count();
}

std::uintmax_t size_of(const fs::path& file) {
    std::error_code missing;
    const std::uintmax_t size = fs::file_size(file, missing);
    return missing ? 0 : size;
}

// Why a running program has to be ended; `how` is exited as long as there is no reason.
struct Verdict {
    How how = How::exited;
    std::string message;
    bool is_too_much_output = false;
};

// Watches one running program.
class Watch {
  public:
    Watch(const LabelLimits& limits, const LabelJob& job) : limits_(limits), job_(job) {}

    // The hard limit counts from here: a program that serves has begun with another request.
    void restart_clock() { served_at_ = Clock::now(); }

    Verdict look(bool is_cancelled) {
        const std::uintmax_t size = size_of(job_.stdout_file) + size_of(job_.stderr_file);
        if (size != last_size_) {
            last_size_ = size;
            grown_at_ = Clock::now();
        }
        if (is_cancelled) {
            return {How::cancelled, "cancelled"};
        }
        if (static_cast<double>(size) > limits_.max_output_MB * 1.0e6) {
            return {How::signaled, "its output grew beyond " + number(limits_.max_output_MB) + " MB", true};
        }
        if (seconds_since(served_at_) > limits_.hard_seconds) {
            return {How::timed_out, "ran longer than " + number(limits_.hard_seconds) + " s"};
        }
        if (limits_.stall_seconds > 0.0 && seconds_since(grown_at_) > limits_.stall_seconds) {
            return {How::stalled, "no byte of output for " + number(limits_.stall_seconds) + " s"};
        }
        return {};
    }

    double seconds() const { return seconds_since(start_); }

  private:
    static std::string number(double value) {
        std::ostringstream text;
        text << value;
        return text.str();
    }

    const LabelLimits& limits_;
    const LabelJob& job_;
    Clock::time_point start_ = Clock::now();
    Clock::time_point grown_at_ = start_, served_at_ = start_;
    std::uintmax_t last_size_ = 0;
};

// Ranks and daemons that a killed launcher left come to us as their reaper.
void end_strays() {
    constexpr int generations = 10;  // killing one may bring its own children to us
    for (int round = 0; round < generations; ++round) {
        const std::vector<pid_t> strays = children_of(::getpid());
        if (strays.empty()) {
            return;
        }
        for (const pid_t stray : strays) {
            ::kill(stray, SIGKILL);
            ::waitpid(stray, nullptr, 0);
        }
    }
}

ProcessSpec spec_of(const LabelJob& job) {
    ProcessSpec spec;
    spec.argv = job.argv;
    spec.environment = job.environment;
    spec.directory = job.directory;
    spec.stdin_file = job.stdin_file;
    spec.stdout_file = job.stdout_file;
    spec.stderr_file = job.stderr_file;
    return spec;
}

std::chrono::milliseconds grace_of(const LabelLimits& limits) {
    return std::chrono::milliseconds(static_cast<long>(1000.0 * limits.grace_seconds));
}

}  // namespace

RunEnd run_program(const LabelJob& job, const LabelLimits& limits, const RunHooks& hooks) {
    RunEnd result;
    ProcessExit& exit = result.exit;
    Watch watch(limits, job);
    try {
        Subprocess program(spec_of(job));
        Verdict verdict;
        std::optional<ProcessEnd> end;
        while (!(end = program.wait_for(poll_interval))) {
            if (hooks.has_served && hooks.has_served(program.pid())) {
                watch.restart_clock();
            }
            verdict = watch.look(hooks.is_cancelled());
            if (verdict.how != How::exited) {
                const bool may_end_itself = verdict.how != How::cancelled && hooks.request_stop;
                if (may_end_itself && hooks.request_stop()) {
                    end = program.wait_for(grace_of(limits));
                }
                end = end ? end : terminate(program, grace_of(limits));
                break;
            }
        }
        end_strays();
        exit.how = verdict.how != How::exited ? verdict.how : end->signaled ? How::signaled : How::exited;
        exit.message = verdict.message;
        exit.code = end->code;
        exit.cpu_seconds = end->cpu_seconds;
        exit.max_rss_kB = end->max_rss_kB;
        result.is_too_much_output = verdict.is_too_much_output;
    } catch (const Error& error) {
        exit.how = How::launch_failed;
        exit.message = error.what();
    }
    exit.wall_seconds = watch.seconds();
    return result;
}

}  // namespace fibonaqi::label
