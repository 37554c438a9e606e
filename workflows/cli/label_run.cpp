#include "workflows/cli/label_run.hpp"

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <iostream>
#include <set>

#include "fibonaqi/atoms/geometry.hpp"
#include "fibonaqi/base/error.hpp"
#include "fibonaqi/base/file_system.hpp"
#include "fibonaqi/base/json.hpp"
#include "fibonaqi/base/log.hpp"
#include "fibonaqi/base/sister_programs.hpp"
#include "fibonaqi/data/ledger.hpp"

namespace fibonaqi::cli {
namespace {

namespace fs = std::filesystem;

volatile std::sig_atomic_t interrupts = 0;

void on_interrupt(int) {
    interrupts = interrupts + 1;
}

std::optional<double> number_of(const Frame& frame, const std::string& key) {
    const auto found = frame.info.find(key);
    if (found == frame.info.end()) {
        return std::nullopt;
    }
    if (const long* whole = std::get_if<long>(&found->second)) {
        return static_cast<double>(*whole);
    }
    const double* real = std::get_if<double>(&found->second);
    return real == nullptr ? std::nullopt : std::optional(*real);
}

std::vector<LabelItem> items_of(const std::vector<Frame>& frames, const LabelDriver& driver) {
    std::vector<LabelItem> items;
    for (const Frame& frame : frames) {
        items.push_back({label_request(frame, driver), {}});
    }
    return items;
}

void show_progress(const LabelProgress& progress) {
    const std::size_t total = progress.done + progress.failed + progress.running + progress.queued;
    log::info("[" + std::to_string(progress.done) + "/" + std::to_string(total) + "] running " +
              std::to_string(progress.running) + ", queued " + std::to_string(progress.queued) + ", failed " +
              std::to_string(progress.failed) + (progress.note.empty() ? "" : ": " + progress.note));
}

LabelStop wanted_stop() {
    static int announced = 0;
    const int count = interrupts;
    if (count != announced) {
        announced = count;
        log::warning(count == 1 ? "stopping after the running labels (Ctrl-C again stops now)"
                                : "stopping now");
    }
    return count == 0 ? LabelStop::no : count == 1 ? LabelStop::after_running : LabelStop::now;
}

LabelerOptions labeler_options(const LabelRunOptions& run) {
    LabelerOptions options;
    options.work_directory = run.work / "attempts";
    options.limits.hard_seconds = run.time_limit_seconds;
    options.limits.soft_seconds = 0.9 * run.time_limit_seconds;
    options.limits.stall_seconds = std::min(options.limits.stall_seconds, run.time_limit_seconds);
    options.retry_failed = run.retry_failed;
    options.pack = run.executor.pack;
    return options;
}

void collect(const std::vector<Frame>& frames, const Ledger& ledger, LabelledFrames& result) {
    for (std::size_t i = 0; i < frames.size(); ++i) {
        const StoredLabel stored = ledger.find(result.summary.keys[i]).value();
        if (stored.label) {
            Frame frame = frames[i];
            frame.labels = stored.label->labels;
            frame.info["label_key"] = stored.key;
            result.frames.push_back(std::move(frame));
            result.places.push_back(i);
        }
    }
}

void list_failures(const std::vector<Frame>& frames, const LabelSummary& summary, const Ledger& ledger) {
    for (std::size_t i = 0; i < frames.size(); ++i) {
        const StoredLabel stored = ledger.find(summary.keys[i]).value();
        if (stored.failure) {
            std::cout << "  frame " << i << " (" << formula(frames[i].structure)
                      << "): " << to_string(stored.failure->kind) << ": " << stored.failure->evidence
                      << (stored.directory.empty() ? "" : "; see " + stored.directory.string()) << "\n";
        }
    }
}

void print_summary(const LabelSummary& summary) {
    char text[160];
    std::snprintf(text, sizeof text, "%zu labelled now, %zu were there, %zu failed; %.1f s (%.1f CPU s)\n",
                  summary.accepted_now, summary.accepted_before, summary.failed, summary.wall_seconds,
                  summary.cpu_seconds);
    std::cout << text;
}

}  // namespace

LabelRequest label_request(const Frame& frame, const LabelDriver& driver) {
    LabelRequest request;
    request.structure = frame.structure;
    request.charge = number_of(frame, "charge").value_or(0.0);
    if (const auto multiplicity = number_of(frame, "multiplicity")) {
        request.multiplicity = static_cast<int>(*multiplicity);
    }
    request.want_stress = driver.capabilities().stress && frame.structure.is_fully_periodic();
    return request;
}

ExecutorOptions read_executor(const fs::path& file) {
    if (file.empty()) {
        return {};
    }
    const std::string text = read_file(file);
    const ConfigSchema schema("Where labels are computed", executor_keys(""));
    const CheckedConfig checked = schema.check(parse_json(text, file.string()));
    if (!checked.problems.empty()) {
        throw ConfigError(describe(checked.problems, text, file.string()));
    }
    ExecutorOptions options = executor_options(checked.values);
    if (const std::string problem = executor_problem(options); !problem.empty()) {
        throw ConfigError(file.string() + ": " + problem);
    }
    return options;
}

void expect_labels_possible(const LabelDriver& driver, const std::vector<Frame>& frames) {
    std::set<int> elements;
    for (const Frame& frame : frames) {
        elements.insert(frame.structure.atomic_numbers.begin(), frame.structure.atomic_numbers.end());
    }
    std::string problems;
    for (const std::string& problem : driver.check({elements.begin(), elements.end()})) {
        problems += (problems.empty() ? "" : "; ") + problem;
    }
    if (!problems.empty()) {
        throw DriverError(problems);
    }
}

LabelledFrames label_frames(const std::vector<Frame>& frames, const LabelDriver& driver,
                            const LabelRunOptions& options) {
    const std::vector<LabelItem> items = items_of(frames, driver);
    const std::unique_ptr<Executor> executor = make_executor(
        options.executor, options.slots, sister_program("fibonaqi-label"), options.work / "queue");
    Ledger ledger(options.work / "ledger.sqlite");
    Labeler labeler(driver, *executor, ledger, labeler_options(options));
    std::signal(SIGINT, on_interrupt);
    std::signal(SIGTERM, on_interrupt);
    LabelledFrames result;
    result.summary = labeler.run(items, {show_progress, wanted_stop});
    print_summary(result.summary);
    list_failures(frames, result.summary, ledger);
    collect(frames, ledger, result);
    return result;
}

void expect_complete(const LabelSummary& summary) {
    if (!summary.is_complete()) {
        const bool at_once = interrupts > 1;
        const std::string there =
            summary.at_work > 0 ? ", " + std::to_string(summary.at_work) + " of them in the queue" : "";
        throw Error("stopped with " + std::to_string(summary.open) + " labels open" + there +
                        " (what is there is kept) run the same command again to go on",
                    at_once ? ExitCode::interrupted : ExitCode::stopped);
    }
}

}  // namespace fibonaqi::cli
