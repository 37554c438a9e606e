// Which process is meant, for good: a number alone is given to another process sooner or later.
#pragma once

#include <string>
#include <vector>

#include <sys/types.h>

namespace fibonaqi {

/// A process of this machine: its number, when it started (clock ticks since boot, as /proc says), and which
/// boot. What is on disk after a crash or a restart names the same process or none.
struct ProcessIdentity {
    pid_t pid = -1;
    std::string start_time;
    std::string boot_id;
};

/// The process that has this number now; start_time is "gone" when there is none.
ProcessIdentity identify(pid_t pid);

/// It still runs: same number, same start, same boot, and no zombie.
bool is_alive(const ProcessIdentity& process);

/// User and system time that a process has taken so far, with those of its children that it waited for [s]; 0
/// when there is no such process.
double cpu_seconds_of(pid_t pid);

/// The processes of this machine whose parent is `parent`.
std::vector<pid_t> children_of(pid_t parent);

}  // namespace fibonaqi
