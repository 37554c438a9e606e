#include "fibonaqi/base/subprocess.hpp"

#include <cerrno>
#include <csignal>
#include <cstring>
#include <string_view>
#include <system_error>
#include <thread>
#include <utility>

#include <boost/process/args.hpp>
#include <boost/process/child.hpp>
#include <boost/process/error.hpp>
#include <boost/process/exe.hpp>
#include <boost/process/extend.hpp>
#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fibonaqi/base/contract.hpp"
#include "fibonaqi/base/error.hpp"
#include "fibonaqi/base/file_system.hpp"

namespace fibonaqi {
namespace {

namespace fs = std::filesystem;
namespace bp = boost::process;

bool starts_with_any(std::string_view name, std::initializer_list<std::string_view> prefixes) {
    for (const std::string_view prefix : prefixes) {
        if (name.starts_with(prefix)) {
            return true;
        }
    }
    return false;
}

// MPI libraries tell their children who they are by the environment; a nested MPI program that inherits this
// joins, or waits for, the wrong job. What a user sets to allow root stays.
bool is_wanted(std::string_view name) {
    if (name.starts_with("OMPI_ALLOW_RUN_AS_ROOT")) {
        return true;
    }
    return !starts_with_any(name, {"OMPI_", "PMIX_", "PMI_", "PMI2_", "HYDI_", "HYDRA_", "MPIR_", "MPICH_",
                                   "MPI_LOCAL", "I_MPI_", "PRTE_", "ORTE_"});
}

std::map<std::string, std::string> capture_environment() {
    std::map<std::string, std::string> captured;
    for (char** entry = ::environ; entry != nullptr && *entry != nullptr; ++entry) {
        const std::string_view text(*entry);
        const std::size_t equals = text.find('=');
        if (equals != std::string_view::npos && equals > 0 && is_wanted(text.substr(0, equals))) {
            captured.emplace(text.substr(0, equals), text.substr(equals + 1));
        }
    }
    return captured;
}

// Before main: MPI_Init of this process may change environ later.
const std::map<std::string, std::string> environment_at_start = capture_environment();

[[noreturn]] void throw_cannot_start(const std::string& program, const std::string& reason,
                                     const std::string& advice) {
    throw Error("cannot start '" + program + "' (" + reason + ")" + (advice.empty() ? "" : " " + advice));
}

// A descriptor of this process above the standard three, so that no dup2 in the child overwrites it.
class Descriptor {
  public:
    Descriptor() = default;
    Descriptor(const fs::path& path, int flags) {
        const int opened = ::open(path.c_str(), flags | O_CLOEXEC, 0666);
        fd_ = opened;
        if (opened >= 0 && opened < 3) {
            fd_ = ::fcntl(opened, F_DUPFD_CLOEXEC, 3);
            ::close(opened);
        }
    }
    ~Descriptor() {
        if (fd_ >= 0) {
            ::close(fd_);
        }
    }
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
    int get() const { return fd_; }

  private:
    int fd_ = -1;
};

Descriptor open_or_throw(const std::string& program, const fs::path& path, int flags) {
    if (path.empty()) {
        return {};
    }
    Descriptor descriptor(path, flags);
    if (descriptor.get() < 0) {
        throw_cannot_start(program, "opening '" + path.string() + "': " + std::strerror(errno), "");
    }
    return descriptor;
}

// Everything that the child needs between fork and exec: numbers only, as nothing may be allocated there.
struct ChildSetup {
    int in, out, err, directory;
    pid_t parent;
    bool die_with_parent;
};

void mark_all_close_on_exec() {
    // Marked rather than closed: Boost reports a failed exec through a pipe of its own. CLOSE_RANGE_CLOEXEC
    // needs Linux 5.11; on older kernels walk over what may be open.
    if (::close_range(3, ~0U, CLOSE_RANGE_CLOEXEC) == 0) {
        return;
    }
    struct rlimit limit {};
    ::getrlimit(RLIMIT_NOFILE, &limit);
    const int end = limit.rlim_cur > 65536 ? 65536 : static_cast<int>(limit.rlim_cur);
    for (int fd = 3; fd < end; ++fd) {
        ::fcntl(fd, F_SETFD, FD_CLOEXEC);
    }
}

// Runs in the child: async-signal-safe calls only.
void set_up_child(const ChildSetup& setup) {
    ::setpgid(0, 0);
    if (setup.die_with_parent) {
        ::prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (::getppid() != setup.parent) {
            ::_exit(127);  // the parent died before the line above could take effect
        }
    }
    sigset_t none;
    ::sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
    for (const int ignored : {SIGPIPE, SIGINT, SIGQUIT, SIGTERM, SIGCHLD}) {
        ::signal(ignored, SIG_DFL);
    }
    if (setup.directory >= 0 && ::fchdir(setup.directory) != 0) {
        ::_exit(127);
    }
    ::dup2(setup.in, STDIN_FILENO);
    if (setup.out >= 0) {
        ::dup2(setup.out, STDOUT_FILENO);
    }
    if (setup.err >= 0) {
        ::dup2(setup.err, STDERR_FILENO);
    }
    mark_all_close_on_exec();
}

// "NAME=value" texts, and the pointers to them that execve wants. Not bp::environment, whose look-up reads
// beyond the end of shorter entries (Boost 1.74; found by AddressSanitizer).
class EnvironmentBlock {
  public:
    explicit EnvironmentBlock(const std::map<std::string, std::string>& on_top) {
        std::map<std::string, std::string> all = on_top;
        all.insert(environment_at_start.begin(), environment_at_start.end());
        for (const auto& [name, value] : all) {
            texts_.push_back(name + "=" + value);
        }
        for (std::string& text : texts_) {
            pointers_.push_back(text.data());
        }
        pointers_.push_back(nullptr);
    }
    char** pointers() { return pointers_.data(); }

  private:
    std::vector<std::string> texts_;
    std::vector<char*> pointers_;
};

// With SIGCHLD ignored (inherited from some job managers) the kernel throws exit codes away.
void keep_exit_codes() {
    struct sigaction current {};
    ::sigaction(SIGCHLD, nullptr, &current);
    if ((current.sa_flags & SA_SIGINFO) == 0 && current.sa_handler == SIG_IGN) {
        ::signal(SIGCHLD, SIG_DFL);
    }
}

pid_t spawn(const ProcessSpec& spec, const fs::path& program, const ChildSetup& setup) {
    const std::vector<std::string> arguments(spec.argv.begin() + 1, spec.argv.end());
    EnvironmentBlock environment(spec.environment);
    pid_t failed = -1;
    std::error_code error;
    bp::child child(
        bp::exe = program.string(), bp::args = arguments, error,
        bp::extend::on_setup = [&environment](auto& executor) { executor.env = environment.pointers(); },
        bp::extend::on_exec_setup = [&setup](auto&) { set_up_child(setup); },
        bp::extend::on_error = [&failed](auto& executor, const std::error_code&) { failed = executor.pid; });
    if (error) {
        if (failed > 0) {
            ::waitpid(failed, nullptr, 0);  // Boost 1.74 leaves the child of a failed exec as a zombie
        }
        throw_cannot_start(spec.argv[0], error.message(), "is it a program for this machine?");
    }
    const pid_t pid = child.id();
    child.detach();  // Boost's own waiting mixes up exit codes and signals: wait4 below
    return pid;
}

double seconds(const timeval& time) {
    return static_cast<double>(time.tv_sec) + 1.0e-6 * static_cast<double>(time.tv_usec);
}

}  // namespace

struct Subprocess::State {
    pid_t pid = -1;
    std::optional<ProcessEnd> end;

    // Collects a child that has ended (or waits for it: flags 0 instead of WNOHANG).
    std::optional<ProcessEnd> collect(int flags) {
        if (end) {
            return end;
        }
        siginfo_t info{};
        const int outcome = ::waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED | WNOWAIT | flags);
        FIBONAQI_ENSURE(outcome == 0 || errno == EINTR);
        if (outcome != 0 || info.si_pid == 0) {
            return std::nullopt;
        }
        // The leader is a zombie now, so the group number cannot belong to anybody else yet.
        ::kill(-pid, SIGKILL);
        int status = 0;
        struct rusage usage {};
        while (::wait4(pid, &status, 0, &usage) < 0 && errno == EINTR) {
        }
        end.emplace();
        end->signaled = WIFSIGNALED(status);
        end->code = end->signaled ? WTERMSIG(status) : WEXITSTATUS(status);
        end->cpu_seconds = seconds(usage.ru_utime) + seconds(usage.ru_stime);
        end->max_rss_kB = usage.ru_maxrss;
        return end;
    }

    ProcessEnd wait() {
        while (!collect(0)) {
        }
        return *end;
    }
};

std::map<std::string, std::string> filtered_environment() {
    return environment_at_start;
}

std::map<std::string, std::string> sparing_threads() {
    for (const char* name : {"OMP_WAIT_POLICY", "GOMP_SPINCOUNT"}) {
        if (environment_at_start.contains(name)) {
            return {};
        }
    }
    return {{"GOMP_SPINCOUNT", "1000"}};
}

Subprocess::Subprocess(const ProcessSpec& spec) {
    FIBONAQI_EXPECT(!spec.argv.empty());
    const std::string& name = spec.argv[0];
    const fs::path program = find_program(name);
    if (program.empty()) {
        throw_cannot_start(name, "there is no such program that may be executed",
                           "install it, or give its full path");
    }
    const Descriptor in =
        open_or_throw(name, spec.stdin_file.empty() ? "/dev/null" : spec.stdin_file, O_RDONLY);
    const Descriptor directory = open_or_throw(name, spec.directory, O_RDONLY | O_DIRECTORY);
    if (!spec.directory.empty() && ::access(spec.directory.c_str(), X_OK) != 0) {
        throw_cannot_start(name, "entering '" + spec.directory.string() + "': " + std::strerror(errno), "");
    }
    constexpr int output_flags = O_WRONLY | O_CREAT | O_TRUNC;
    const Descriptor out = open_or_throw(name, spec.stdout_file, output_flags);
    const bool is_shared = !spec.stdout_file.empty() && spec.stderr_file == spec.stdout_file;
    const Descriptor err = is_shared ? Descriptor() : open_or_throw(name, spec.stderr_file, output_flags);
    keep_exit_codes();
    state_ = std::make_unique<State>();
    state_->pid = spawn(spec, program,
                        {in.get(), out.get(), is_shared ? out.get() : err.get(), directory.get(), ::getpid(),
                         spec.die_with_parent});
}

Subprocess::~Subprocess() {
    if (state_ && !state_->end) {
        ::kill(-state_->pid, SIGKILL);
        state_->wait();
    }
}

Subprocess::Subprocess(Subprocess&&) noexcept = default;

Subprocess& Subprocess::operator=(Subprocess&& other) noexcept {
    Subprocess old(std::move(*this));  // ends what ran here
    state_ = std::move(other.state_);
    return *this;
}

int Subprocess::pid() const {
    FIBONAQI_EXPECT(state_ != nullptr);
    return state_->pid;
}

std::optional<ProcessEnd> Subprocess::poll() {
    FIBONAQI_EXPECT(state_ != nullptr);
    return state_->collect(WNOHANG);
}

std::optional<ProcessEnd> Subprocess::wait_for(std::chrono::milliseconds limit) {
    const auto deadline = std::chrono::steady_clock::now() + limit;
    std::chrono::nanoseconds pause = std::chrono::milliseconds(1);
    while (!poll()) {
        const auto left = deadline - std::chrono::steady_clock::now();
        if (left.count() <= 0) {
            return std::nullopt;
        }
        std::this_thread::sleep_for(std::min<std::chrono::nanoseconds>(pause, left));
        pause = std::min<std::chrono::nanoseconds>(pause * 2, std::chrono::milliseconds(20));
    }
    return state_->end;
}

ProcessEnd Subprocess::wait() {
    FIBONAQI_EXPECT(state_ != nullptr);
    return state_->wait();
}

void Subprocess::signal_group(int signal) {
    FIBONAQI_EXPECT(state_ != nullptr);
    if (!poll()) {
        ::kill(-state_->pid, signal);
    }
}

void Subprocess::release() {
    state_.reset();
}

ProcessEnd terminate(Subprocess& child, std::chrono::milliseconds grace) {
    child.signal_group(SIGTERM);
    if (const auto end = child.wait_for(grace)) {
        return *end;
    }
    child.signal_group(SIGKILL);
    return child.wait();
}

}  // namespace fibonaqi
