#include "fibonaqi/label/local_executor.hpp"

#include <chrono>
#include <csignal>
#include <fstream>
#include <optional>
#include <set>
#include <sstream>

#include <sys/types.h>

#include "fibonaqi/base/contract.hpp"
#include "fibonaqi/base/error.hpp"
#include "fibonaqi/base/file_system.hpp"
#include "fibonaqi/base/process_identity.hpp"
#include "fibonaqi/base/subprocess.hpp"

namespace fibonaqi {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

// The supervisor needs the grace of its own limits to end the program; beyond this it hangs itself.
constexpr std::chrono::seconds cancel_grace{30};
// So long a program may take until it has taken its memory.
constexpr std::chrono::seconds memory_settles{20};

double meminfo(const std::string& key) {
    std::ifstream file("/proc/meminfo");
    for (std::string line; std::getline(file, line);) {
        if (line.starts_with(key + ":")) {
            return std::stod(line.substr(key.size() + 1)) / 1000.0;
        }
    }
    return 0.0;
}

std::string to_handle(const ProcessIdentity& process) {
    return "local:" + std::to_string(process.pid) + ":" + process.start_time + ":" + process.boot_id;
}

ProcessIdentity from_handle(const std::string& handle) {
    std::istringstream parts(handle);
    std::string kind, pid;
    ProcessIdentity process;
    std::getline(parts, kind, ':');
    std::getline(parts, pid, ':');
    std::getline(parts, process.start_time, ':');
    std::getline(parts, process.boot_id);
    if (kind != "local" || pid.empty() || pid.find_first_not_of("0123456789") != std::string::npos) {
        throw FormatError("a label is at work elsewhere (job '" + handle +
                          "', not one of the local executor) resume with the executor that started it");
    }
    process.pid = static_cast<pid_t>(std::stol(pid));
    return process;
}

// The process that has `argument` on its command line and is alive, if any.
ProcessIdentity find_by_argument(const std::string& argument) {
    for (const fs::directory_entry& entry : fs::directory_iterator("/proc")) {
        const std::string name = entry.path().filename().string();
        if (name.find_first_not_of("0123456789") != std::string::npos) {
            continue;
        }
        std::ifstream file(entry.path() / "cmdline");
        for (std::string word; std::getline(file, word, '\0');) {
            if (word == argument) {
                return identify(static_cast<pid_t>(std::stol(name)));
            }
        }
    }
    return {};
}

}  // namespace

// One running fibonaqi-label; the labels of its pack share it.
struct LocalExecutor::Supervisor {
    ProcessIdentity process;
    std::optional<Subprocess> child;  // empty where an earlier engine started it
    std::optional<Clock::time_point> kill_at = {};
    Clock::time_point begun = Clock::now();
    bool has_finished_one = false;

    bool is_running() { return child ? !child->poll().has_value() : is_alive(process); }

    void signal(int number) {
        if (child) {
            child->signal_group(number);
        } else if (is_alive(process)) {
            ::kill(-process.pid, number);
        }
    }

    ~Supervisor() {
        if (child && !child->poll()) {
            child->release();
        }
    }
    Supervisor(ProcessIdentity identity, std::optional<Subprocess> started)
        : process(std::move(identity)), child(std::move(started)) {}
    Supervisor(const Supervisor&) = delete;
    Supervisor& operator=(const Supervisor&) = delete;
};

struct LocalExecutor::Job {
    ExecutorJob job;
    std::shared_ptr<Supervisor> supervisor;
};

LocalExecutor::LocalExecutor(fs::path supervisor, const LocalOptions& options)
    : supervisor_(std::move(supervisor)), options_(options) {
    FIBONAQI_EXPECT(options_.slots > 0);
}

LocalExecutor::~LocalExecutor() = default;

void LocalExecutor::start(const std::vector<ExecutorJob>& pack) {
    FIBONAQI_EXPECT(!pack.empty());
    ProcessSpec spec;
    spec.argv = {supervisor_.string()};
    if (options_.nice > 0) {
        spec.argv.insert(spec.argv.end(), {"--nice", std::to_string(options_.nice)});
    }
    for (const ExecutorJob& job : pack) {
        FIBONAQI_EXPECT(!jobs_.contains(job.key));
        spec.argv.push_back(job.task_file.string());
    }
    spec.stdout_file = pack.front().log_file;
    spec.stderr_file = pack.front().log_file;
    spec.die_with_parent = false;
    Subprocess child(spec);
    const ProcessIdentity process = identify(child.pid());
    const auto supervisor = std::make_shared<Supervisor>(process, std::move(child));
    for (const ExecutorJob& job : pack) {
        jobs_[job.key] = std::make_unique<Job>(Job{job, supervisor});
    }
}

void LocalExecutor::adopt(const ExecutorJob& job, const std::string& handle) {
    FIBONAQI_EXPECT(!jobs_.contains(job.key));
    const ProcessIdentity process =
        handle.empty() ? find_by_argument(job.task_file.string()) : from_handle(handle);
    jobs_[job.key] = std::make_unique<Job>(Job{job, std::make_shared<Supervisor>(process, std::nullopt)});
}

std::string LocalExecutor::handle(const std::string& key) const {
    return to_handle(jobs_.at(key)->supervisor->process);
}

JobReport LocalExecutor::poll(const std::string& key) {
    const Job& job = *jobs_.at(key);
    Supervisor& supervisor = *job.supervisor;
    // In this order: a supervisor that ends between the two looks has left its result before the second.
    const bool is_running = supervisor.is_running();
    const bool has_result = fs::exists(job.job.result_file);
    if (is_running && !has_result) {
        if (supervisor.kill_at && Clock::now() > *supervisor.kill_at) {
            supervisor.signal(SIGKILL);
        }
        return {JobState::running};
    }
    supervisor.has_finished_one = supervisor.has_finished_one || has_result;
    const bool is_last = job.supervisor.use_count() == 1;
    if (is_running && is_last && supervisor.child) {
        // The result is its last act; what is left is to exit.
        supervisor.child->wait_for(std::chrono::seconds(5));
    }
    const bool has_begun = fs::exists(job.job.directory) || !supervisor.has_finished_one;
    jobs_.erase(key);
    return has_result  ? JobReport{JobState::finished}
           : has_begun ? JobReport{JobState::lost, untold_loss()}
                       : JobReport{JobState::not_begun};
}

void LocalExecutor::cancel(const std::string& key) {
    Supervisor& supervisor = *jobs_.at(key)->supervisor;
    if (!supervisor.kill_at) {
        supervisor.signal(SIGTERM);
        supervisor.kill_at = Clock::now() + cancel_grace;
    }
}

std::string LocalExecutor::hold() const {
    std::set<const Supervisor*> young;
    for (const auto& [key, job] : jobs_) {
        if (Clock::now() - job->supervisor->begun < memory_settles) {
            young.insert(job->supervisor.get());
        }
    }
    const double wanted = options_.memory_MB * static_cast<double>(1 + young.size());
    const double available = options_.memory_MB > 0.0 ? available_memory() : wanted;
    return available >= wanted
               ? ""
               : "waiting for memory: " + std::to_string(static_cast<long>(available)) +
                     " MB are available, " + std::to_string(static_cast<long>(wanted)) + " MB wanted";
}

double total_memory() {
    return meminfo("MemTotal");
}

double available_memory() {
    return meminfo("MemAvailable");
}

LabelFailure untold_loss() {
    return {FailureKind::signal, "its supervisor ended without leaving a result"};
}

}  // namespace fibonaqi
