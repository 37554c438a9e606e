// Supervises the runs of a quantum-mechanical program for labels: remedies, collecting, serving.
#pragma once

#include <csignal>
#include <functional>
#include <vector>

#include "fibonaqi/label/label_record.hpp"

namespace fibonaqi::label {

/// What a supervisor works with. `cancelled` becomes non-zero when the run is to be ended early (SIGTERM).
struct Supervision {
    const LabelDriver& driver;
    const volatile std::sig_atomic_t& cancelled;
    std::function<double()>
        seconds_left;  ///< until the job that this supervisor is must end; may be infinite
};

/// Lets the driver write its input into the attempt directory, which the caller has claimed, runs the program
/// under the task's limits, shortened to the time that is left, and lets the driver read what it left. A
/// failure that the driver knows a remedy for is tried again in a fresh directory beside the first
/// ("<directory>.remedy-1"), limits.max_attempts launches in all; what was changed is stored in the label's
/// details ("remedies") and in the result. After success the driver's scratch files are deleted, after a
/// failure everything stays. The program dies with this process. Throws Error when nothing could be run.
LabelResult supervise(const LabelTask& task, const Supervision& with);

/// The same for labels of a driver that serves, one after the other in one process. `deliver` is called once
/// per task, as soon as its answer is there. A request at which the process ends is tried once more in a
/// fresh process, then it has failed; the others go on. A process that never says that it is ready fails them
/// all.
void serve(const std::vector<LabelTask>& tasks, const Supervision& with,
           const std::function<void(std::size_t task, const LabelResult& result)>& deliver);

}  // namespace fibonaqi::label
