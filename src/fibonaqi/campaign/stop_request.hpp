// Ctrl-C: once means "finish what runs, then stop", twice means "stop now".
#pragma once

#include "fibonaqi/base/error.hpp"

namespace fibonaqi {

enum class StopRequest { none, after_running, now };

/// From now on SIGINT and SIGTERM are counted instead of ending the process. Process-wide.
void watch_for_stop();

/// What the signals since watch_for_stop ask for.
StopRequest stop_request();

/// What a user asked for, and no failure: exit code interrupted (at once) or stopped.
class StoppedOnRequest : public Error {
  public:
    using Error::Error;
};

/// Throws StoppedOnRequest with exit code interrupted (for `now`) or stopped (else), saying how to go on.
[[noreturn]] void throw_stopped(StopRequest request);

}  // namespace fibonaqi
