#include "workflows/label/supervisor.hpp"

#include <chrono>
#include <fstream>
#include <limits>
#include <sstream>

#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fibonaqi/base/error.hpp"
#include "fibonaqi/base/file_system.hpp"
#include "fibonaqi/base/subprocess.hpp"
#include "fibonaqi/label/sanity.hpp"

#include "dft_drivers/builtin_drivers.hpp"

namespace fibonaqi::label {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;
using How = ProcessExit::How;

constexpr std::chrono::milliseconds poll_interval{50};
constexpr double infinity = std::numeric_limits<double>::infinity();

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
        if (seconds() > limits_.hard_seconds) {
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
    Clock::time_point grown_at_ = start_;
    std::uintmax_t last_size_ = 0;
};

// Processes whose parent we are: ranks and daemons that a killed launcher left come to us as their reaper.
std::vector<pid_t> our_children() {
    std::vector<pid_t> children;
    for (const fs::directory_entry& entry : fs::directory_iterator("/proc")) {
        const std::string name = entry.path().filename().string();
        std::ifstream file(entry.path() / "stat");
        std::string text;
        if (name.find_first_not_of("0123456789") != std::string::npos || !std::getline(file, text)) {
            continue;
        }
        std::istringstream fields(text.substr(text.rfind(')') + 1));  // proc(5): state, then parent
        std::string state;
        pid_t parent = 0;
        fields >> state >> parent;
        if (parent == ::getpid()) {
            children.push_back(static_cast<pid_t>(std::stol(name)));
        }
    }
    return children;
}

void end_strays() {
    constexpr int generations = 10;  // killing one may bring its own children to us
    for (int round = 0; round < generations; ++round) {
        const std::vector<pid_t> strays = our_children();
        if (strays.empty()) {
            return;
        }
        for (const pid_t stray : strays) {
            ::kill(stray, SIGKILL);
            ::waitpid(stray, nullptr, 0);
        }
    }
}

struct RunEnd {
    ProcessExit exit;
    bool is_too_much_output = false;
};

RunEnd run_program(const LabelJob& job, const LabelLimits& limits,
                   const volatile std::sig_atomic_t& cancelled) {
    RunEnd result;
    ProcessExit& exit = result.exit;
    ProcessSpec spec;
    spec.argv = job.argv;
    spec.environment = job.environment;
    spec.directory = job.directory;
    spec.stdout_file = job.stdout_file;
    spec.stderr_file = job.stderr_file;
    Watch watch(limits, job);
    try {
        Subprocess program(spec);
        Verdict verdict;
        std::optional<ProcessEnd> end;
        while (!(end = program.wait_for(poll_interval))) {
            verdict = watch.look(cancelled != 0);
            if (verdict.how != How::exited) {
                end = terminate(program,
                                std::chrono::milliseconds(static_cast<long>(1000.0 * limits.grace_seconds)));
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

bool lies_inside(const fs::path& path, const fs::path& folder) {
    const fs::path relative = path.lexically_normal().lexically_relative(folder.lexically_normal());
    return !relative.empty() && relative != "." && *relative.begin() != "..";
}

void delete_scratch(const LabelJob& job) {
    for (const fs::path& path : job.scratch) {
        if (lies_inside(path, job.directory)) {
            std::error_code ignored;  // what cannot be deleted costs space, not a label
            fs::remove_all(path, ignored);
        }
    }
}

}  // namespace

LabelResult supervise(const LabelTask& task, const volatile std::sig_atomic_t& cancelled) {
    ::prctl(PR_SET_CHILD_SUBREAPER, 1);
    const std::unique_ptr<LabelDriver> driver = make_driver(task.driver, "/");
    if (fs::exists(task.directory)) {
        throw Error("attempt directory '" + task.directory.string() +
                    "' exists (every attempt needs a fresh one)");
    }
    make_directories(task.directory);
    const LabelJob job = driver->prepare(task.request, task.directory, task.limits.soft_seconds);
    const RunEnd end = run_program(job, task.limits, cancelled);

    LabelResult result;
    result.exit = end.exit;
    result.command = job.argv;
    if (end.is_too_much_output) {
        result.outcome = LabelFailure{FailureKind::disk, end.exit.message};
        return result;
    }
    result.outcome = driver->collect(task.request, end.exit, task.directory);
    if (const auto* accepted = std::get_if<AcceptedLabel>(&result.outcome)) {
        // Whatever the driver thinks: a record holds finite numbers, one force per atom.
        const LabelSanity loose{infinity, infinity, 0.0};
        if (const auto problem = label_problem(task.request, accepted->labels, loose)) {
            result.outcome = *problem;
            return result;
        }
        delete_scratch(job);
    }
    return result;
}

}  // namespace fibonaqi::label
