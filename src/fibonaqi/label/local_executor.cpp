#include "fibonaqi/label/local_executor.hpp"

#include <chrono>
#include <csignal>
#include <fstream>
#include <optional>
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
        throw FormatError("job handle '" + handle + "' is not one of the local executor");
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

struct LocalExecutor::Job {
    ExecutorJob job;
    ProcessIdentity process;
    std::optional<Subprocess> child;  // empty for an adopted job
    std::optional<Clock::time_point> kill_at = {};

    bool is_running() { return child ? !child->poll().has_value() : is_alive(process); }

    void signal(int number) {
        if (child) {
            child->signal_group(number);
        } else if (is_alive(process)) {
            ::kill(-process.pid, number);
        }
    }
};

LocalExecutor::LocalExecutor(fs::path supervisor, std::size_t slots)
    : supervisor_(std::move(supervisor)), slots_(slots) {
    FIBONAQI_EXPECT(slots_ > 0);
}

LocalExecutor::~LocalExecutor() {
    for (const auto& [key, job] : jobs_) {
        if (job->child) {
            job->child->release();
        }
    }
}

void LocalExecutor::start(const ExecutorJob& job) {
    FIBONAQI_EXPECT(!jobs_.contains(job.key));
    ProcessSpec spec;
    spec.argv = {supervisor_.string(), job.task_file.string()};
    spec.stdout_file = job.log_file;
    spec.stderr_file = job.log_file;
    spec.die_with_parent = false;
    Subprocess child(spec);
    const ProcessIdentity process = identify(child.pid());
    jobs_[job.key] = std::make_unique<Job>(Job{job, process, std::move(child)});
}

void LocalExecutor::adopt(const ExecutorJob& job, const std::string& handle) {
    FIBONAQI_EXPECT(!jobs_.contains(job.key));
    const ProcessIdentity process =
        handle.empty() ? find_by_argument(job.task_file.string()) : from_handle(handle);
    jobs_[job.key] = std::make_unique<Job>(Job{job, process, std::nullopt});
}

std::string LocalExecutor::handle(const std::string& key) const {
    return to_handle(jobs_.at(key)->process);
}

JobState LocalExecutor::poll(const std::string& key) {
    Job& job = *jobs_.at(key);
    // In this order: a supervisor that ends between the two looks has left its result before the second.
    const bool is_running = job.is_running();
    const bool has_result = fs::exists(job.job.result_file);
    if (is_running && !has_result) {
        if (job.kill_at && Clock::now() > *job.kill_at) {
            job.signal(SIGKILL);
        }
        return JobState::running;
    }
    if (is_running && job.child) {
        // The result is its last act; what is left is to exit.
        job.child->wait_for(std::chrono::seconds(5));
    }
    jobs_.erase(key);
    return has_result ? JobState::finished : JobState::lost;
}

void LocalExecutor::cancel(const std::string& key) {
    Job& job = *jobs_.at(key);
    if (!job.kill_at) {
        job.signal(SIGTERM);
        job.kill_at = Clock::now() + cancel_grace;
    }
}

}  // namespace fibonaqi
