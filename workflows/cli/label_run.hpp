// Labels frames with one driver, as several subcommands do: shown, interruptible, resumable.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "fibonaqi/atoms/frame.hpp"
#include "fibonaqi/label/executor_config.hpp"
#include "fibonaqi/label/label_driver.hpp"
#include "fibonaqi/label/labeler.hpp"

namespace fibonaqi::cli {

struct LabelRunOptions {
    std::filesystem::path work;  ///< absolute: ledger and attempts; a second run with it goes on
    std::size_t slots = 1;       ///< labels, or jobs in a queue, at the same time
    double time_limit_seconds = 600.0;
    bool retry_failed = false;
    ExecutorOptions executor = {};
};

/// What came out. `frames` have labels and info `label_key`; they keep their comments and the order that they
/// were asked for in. `places[i]` is the place of frames[i] among those.
struct LabelledFrames {
    std::vector<Frame> frames;
    std::vector<std::size_t> places;
    LabelSummary summary;
};

/// The executor that a JSON file describes (keys as in "executors.label" of a campaign); an empty path: this
/// machine. Throws ConfigError "FILE:line: key: problem (why) suggestion", also where it cannot work here.
ExecutorOptions read_executor(const std::filesystem::path& file);

/// What is asked of the driver for a frame: info "charge" [e] and "multiplicity" where it has them; stress
/// where the driver gives one.
LabelRequest label_request(const Frame& frame, const LabelDriver& driver);

/// Throws DriverError where the driver cannot label these elements at all, before anything is written.
void expect_labels_possible(const LabelDriver& driver, const std::vector<Frame>& frames);

/// Labels all frames (label_request), says what failed and why, and what it took. One Ctrl-C
/// ends it after the running labels, two at once. Throws as Labeler::run.
LabelledFrames label_frames(const std::vector<Frame>& frames, const LabelDriver& driver,
                            const LabelRunOptions& options);

/// Throws Error with exit code stopped or interrupted unless every label was accepted or failed.
void expect_complete(const LabelSummary& summary);

}  // namespace fibonaqi::cli
