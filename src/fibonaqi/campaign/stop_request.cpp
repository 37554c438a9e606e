#include "fibonaqi/campaign/stop_request.hpp"

#include <csignal>

namespace fibonaqi {
namespace {

volatile std::sig_atomic_t signals_seen = 0;

void on_signal(int) {
    signals_seen = signals_seen + 1;
}

}  // namespace

void watch_for_stop() {
    struct sigaction action {};
    action.sa_handler = on_signal;
    sigemptyset(&action.sa_mask);
    action.sa_flags = SA_RESTART;
    ::sigaction(SIGINT, &action, nullptr);
    ::sigaction(SIGTERM, &action, nullptr);
}

StopRequest stop_request() {
    const int count = signals_seen;
    return count == 0 ? StopRequest::none : count == 1 ? StopRequest::after_running : StopRequest::now;
}

void throw_stopped(StopRequest request) {
    throw StoppedOnRequest(
        "stopped on request (what was finished is kept) 'fibonaqi resume' goes on from here",
        request == StopRequest::now ? ExitCode::interrupted : ExitCode::stopped);
}

}  // namespace fibonaqi
