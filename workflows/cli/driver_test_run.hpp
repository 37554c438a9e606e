// The runs of the conformance kit: computed as labels are, judged, listed.
#pragma once

#include <filesystem>
#include <vector>

#include "fibonaqi/label/conformance.hpp"

namespace fibonaqi::cli {

struct DriverTestOptions {
    std::filesystem::path work;  ///< absolute, empty or not there: every run gets a folder in it
    std::size_t slots = 1;
    double time_limit_seconds = 600.0;  ///< of one run
};

/// All findings about a driver with this example. Shows progress. Ctrl-C ends it (Error, interrupted). Throws
/// Error when a supervisor cannot be started.
std::vector<ConformanceFinding> test_driver(const LabelDriver& driver, const LabelRequest& example,
                                            const DriverTestOptions& options);

}  // namespace fibonaqi::cli
