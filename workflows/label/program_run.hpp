// One run of a program under limits: hard time, stalled output, flooded disk, cancelling.
#pragma once

#include <functional>

#include <sys/types.h>

#include "fibonaqi/label/executor.hpp"
#include "fibonaqi/label/label_driver.hpp"

namespace fibonaqi::label {

/// How a program ended; flooding the disk is not among the ways that ProcessExit knows.
struct RunEnd {
    ProcessExit exit;
    bool is_too_much_output = false;
};

/// Asked while the program runs, every few hundredths of a second. Only is_cancelled must be there.
struct RunHooks {
    std::function<bool()> is_cancelled;
    /// Of a program that serves: it has answered since the last look, so the hard limit starts anew.
    std::function<bool(pid_t)> has_served = {};
    /// Asks a program that has reached a limit to end itself; true: it gets the grace time for that before
    /// SIGTERM. One that is cancelled is not asked.
    std::function<bool()> request_stop = {};
};

/// Runs the program of a job to its end, whatever that is; never throws for what the program does. Everything
/// that it started is gone afterwards. This process must be the reaper of its descendants
/// (PR_SET_CHILD_SUBREAPER) and must have no other children.
RunEnd run_program(const LabelJob& job, const LabelLimits& limits, const RunHooks& hooks);

}  // namespace fibonaqi::label
