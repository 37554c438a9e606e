// Child processes: argv without a shell, own process group, files instead of pipes.
//
// One class for every child of this project: engine -> worker, md, label; label supervisor -> DFT program.
// Boost.Process (v1) starts the child and reports a failed exec. Waiting, signals, redirection, environment
// and working directory are done here by system calls, because in Boost 1.74 wait_for misses ends when
// several threads wait, exit_code() mixes exit codes and signals, terminate() spares grandchildren, a bad
// start_dir is ignored in silence, files are not truncated, descriptors leak into children, and environment
// reads out of bounds.
#pragma once

#include <chrono>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace fibonaqi {

/// What to start. An empty output path means: inherit ours. Both may be the same file.
struct ProcessSpec {
    std::vector<std::string> argv;                   ///< argv[0]: absolute path, or a name on PATH
    std::map<std::string, std::string> environment;  ///< set on top of filtered_environment()
    std::filesystem::path directory;                 ///< working directory; empty: ours
    std::filesystem::path stdout_file, stderr_file;  ///< created or truncated
    std::filesystem::path stdin_file = {};           ///< empty: /dev/null
    bool die_with_parent = true;                     ///< SIGKILL the child when this process dies
};

/// How a child ended.
struct ProcessEnd {
    bool signaled = false;
    int code = 0;              ///< exit code, or signal number
    double cpu_seconds = 0.0;  ///< user + system, child and what it waited for
    long max_rss_kB = 0;
};

/// The environment that children get: ours as it was at start-up, without the variables by which MPI
/// libraries talk to their own children (OMPI_, PMIX_, PMI_, HYDI_ ... : they break a nested MPI program).
std::map<std::string, std::string> filtered_environment();

/// Environment for a child that computes with OpenMP threads: those that wait for others go to sleep after
/// some microseconds. By default libgomp's turn on the spot for milliseconds, and on a machine that others
/// use too they take the time of those that work (measured with 2 threads on 2 busy cores: a selection of 124
/// frames took 178 s instead of 23 s). Empty where the user has said what he wants.
std::map<std::string, std::string> sparing_threads();

/// A running child. Passive: the owner polls. Not thread-safe; use from the thread that started it (the death
/// signal follows that thread). The destructor kills the group of a child that still runs. When a child has
/// ended, whatever it left running in its group is killed: nothing outlives the call that reports the end.
class Subprocess {
  public:
    /// Throws Error "cannot start 'x' (reason) ..." - also for a missing program or working directory.
    explicit Subprocess(const ProcessSpec& spec);
    ~Subprocess();
    Subprocess(Subprocess&&) noexcept;
    Subprocess& operator=(Subprocess&&) noexcept;

    int pid() const;
    std::optional<ProcessEnd> poll();  ///< empty while it runs
    std::optional<ProcessEnd> wait_for(std::chrono::milliseconds limit);
    ProcessEnd wait();
    void signal_group(int signal);  ///< e.g. SIGTERM to child and grandchildren
    void release();                 ///< lets the child live on by itself; this object is empty afterwards

  private:
    struct State;
    std::unique_ptr<State> state_;
};

/// SIGTERM to the group, SIGKILL after `grace`; returns how the child ended.
ProcessEnd terminate(Subprocess& child, std::chrono::milliseconds grace);

}  // namespace fibonaqi
