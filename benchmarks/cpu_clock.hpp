// The clock of all benchmarks.
#pragma once

#include <ctime>

namespace fibonaqi::benchmark {

/// CPU seconds of this process so far, all threads. On an idle machine, and with one thread, they pass as
/// fast as wall seconds; on a busy one they do not count the time in which other programs had the core.
inline double cpu_seconds() {
    timespec now{};
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

}  // namespace fibonaqi::benchmark
