// How many labels one supervisor takes.
#pragma once

#include <cstddef>

namespace fibonaqi {

/// What is known when a slot is free.
struct PackQuestion {
    bool serves = false;           ///< DriverCapabilities::serves
    std::size_t queued = 0;        ///< labels that wait
    std::size_t free_slots = 1;    ///< this one included: each gets its share
    std::size_t done = 0;          ///< labels that this run has computed,
    double seconds_of_done = 0.0;  ///< and the wall time of their programs, together
};

/// At least 1. A slow start of a program that serves is paid for once per pack. So is a supervisor, with what
/// is recorded about its start: where labels take a fraction of a second that is more than they take
/// themselves, so that as many go together as take one second.
std::size_t pack_size(const PackQuestion& question);

}  // namespace fibonaqi
