// Supervises one run of a quantum-mechanical program: limits, stalls, cancelling, collecting.
#pragma once

#include <csignal>

#include "fibonaqi/label/label_record.hpp"

namespace fibonaqi::label {

/// Makes the attempt directory, lets the driver write its input, runs the program under the task's limits and
/// lets the driver read what it left. After success the driver's scratch files are deleted, after a failure
/// everything stays. `cancelled` becomes non-zero when the run is to be ended early (SIGTERM).
/// The program dies with this process. Throws Error when nothing could be run (bad task or driver).
LabelResult supervise(const LabelTask& task, const volatile std::sig_atomic_t& cancelled);

}  // namespace fibonaqi::label
