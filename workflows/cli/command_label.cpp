// fibonaqi label: labels every frame of a file with a quantum-mechanical code; resumable.
#include <algorithm>
#include <cmath>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <iostream>
#include <memory>
#include <set>

#include <CLI/CLI.hpp>

#include "fibonaqi/atoms/extxyz.hpp"
#include "fibonaqi/atoms/geometry.hpp"
#include "fibonaqi/base/error.hpp"
#include "fibonaqi/base/file_system.hpp"
#include "fibonaqi/base/log.hpp"
#include "fibonaqi/data/ledger.hpp"
#include "fibonaqi/label/labeler.hpp"
#include "fibonaqi/label/local_executor.hpp"

#include "dft_drivers/builtin_drivers.hpp"
#include "workflows/cli/commands.hpp"
#include "workflows/composition/sister_programs.hpp"

namespace fibonaqi::cli {
namespace {

namespace fs = std::filesystem;

struct LabelArguments {
    std::string driver, data, output, work;
    std::size_t slots = 1;
    double time_limit_seconds = 600.0;
    bool retry_failed = false;
};

volatile std::sig_atomic_t interrupts = 0;

void on_interrupt(int) {
    interrupts = interrupts + 1;
}

// "driver.input.system.ecutwf: ..." -> "D.json:7: input.system.ecutwf: ..."
[[noreturn]] void rethrow_with_line(const ConfigError& error, const fs::path& file) {
    const std::string message = error.what();
    const std::size_t colon = message.find(':');
    const std::string prefix = "driver.";
    if (!message.starts_with(prefix) || colon == std::string::npos) {
        throw ConfigError(file.string() + ": " + message);
    }
    const std::string path = message.substr(prefix.size(), colon - prefix.size());
    std::string pointer = "/" + path;
    std::replace(pointer.begin(), pointer.end(), '.', '/');
    const int line = line_of_key(read_file(file), pointer);
    throw ConfigError(file.string() + (line > 0 ? ":" + std::to_string(line) : "") + ": " +
                      message.substr(prefix.size()));
}

std::unique_ptr<LabelDriver> read_driver(const fs::path& file) {
    const Json config = read_json(file);
    try {
        return make_driver(config, fs::absolute(file).parent_path());
    } catch (const ConfigError& error) {
        rethrow_with_line(error, file);
    }
}

double charge_of(const Frame& frame) {
    const auto found = frame.info.find("charge");
    if (found == frame.info.end()) {
        return 0.0;
    }
    if (const long* whole = std::get_if<long>(&found->second)) {
        return static_cast<double>(*whole);
    }
    const double* real = std::get_if<double>(&found->second);
    return real == nullptr ? 0.0 : *real;
}

std::vector<LabelItem> items_of(const std::vector<Frame>& frames, const LabelDriver& driver) {
    std::vector<LabelItem> items;
    for (const Frame& frame : frames) {
        LabelItem item;
        item.request.structure = frame.structure;
        item.request.charge = charge_of(frame);
        item.request.want_stress = driver.capabilities().stress && frame.structure.is_fully_periodic();
        items.push_back(std::move(item));
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

LabelerOptions labeler_options(const LabelArguments& arguments, const fs::path& work) {
    LabelerOptions options;
    options.work_directory = work / "attempts";
    options.limits.hard_seconds = arguments.time_limit_seconds;
    options.limits.soft_seconds = 0.9 * arguments.time_limit_seconds;
    options.limits.stall_seconds = std::min(options.limits.stall_seconds, arguments.time_limit_seconds);
    options.retry_failed = arguments.retry_failed;
    return options;
}

// Frames with labels, in the order of the input, under their own comment line.
std::vector<Frame> labelled(const std::vector<Frame>& frames, const LabelSummary& summary,
                            const Ledger& ledger) {
    std::vector<Frame> result;
    for (std::size_t i = 0; i < frames.size(); ++i) {
        const StoredLabel stored = ledger.find(summary.keys[i]).value();
        if (stored.label) {
            Frame frame = frames[i];
            frame.labels = stored.label->labels;
            frame.info["label_key"] = stored.key;
            result.push_back(std::move(frame));
        }
    }
    return result;
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

void end_by(const LabelSummary& summary) {
    if (!summary.is_complete()) {
        const bool at_once = interrupts > 1;
        throw Error("stopped with " + std::to_string(summary.open) +
                        " labels open (what is there is kept) run the same command again to go on",
                    at_once ? ExitCode::interrupted : ExitCode::stopped);
    }
    if (summary.failed > 0) {
        throw Error(std::to_string(summary.failed) +
                        " structures have no label (reasons above) --retry-failed tries all of them again",
                    ExitCode::too_many_failures);
    }
}

// Before anything is written: what cannot work leaves no folder behind.
void check(const LabelDriver& driver, const std::vector<Frame>& frames) {
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

void label(const LabelArguments& arguments) {
    const std::unique_ptr<LabelDriver> driver = read_driver(arguments.driver);
    const FrameFile file = read_extxyz(arguments.data);
    check(*driver, file.frames);
    const std::vector<LabelItem> items = items_of(file.frames, *driver);
    const fs::path work =
        fs::absolute(arguments.work.empty() ? arguments.output + ".labels" : arguments.work);
    LocalExecutor executor(sister_program("fibonaqi-label"), arguments.slots);
    Ledger ledger(work / "ledger.sqlite");
    Labeler labeler(*driver, executor, ledger, labeler_options(arguments, work));

    std::signal(SIGINT, on_interrupt);
    std::signal(SIGTERM, on_interrupt);
    const LabelSummary summary = labeler.run(items, {show_progress, wanted_stop});
    print_summary(summary);
    list_failures(file.frames, summary, ledger);
    const std::vector<Frame> frames = labelled(file.frames, summary, ledger);
    if (summary.is_complete() && !frames.empty()) {
        write_extxyz(arguments.output, frames);
        std::cout << frames.size() << " frames written to " << arguments.output << "\n";
    }
    end_by(summary);
}

}  // namespace

void add_label_command(CLI::App& app) {
    CLI::App* command = app.add_subcommand(
        "label", "label structures with a quantum-mechanical code; run it again to go on after a stop");
    const auto arguments = std::make_shared<LabelArguments>();
    command->add_option("--driver", arguments->driver, "driver configuration, JSON: {\"type\": \"qe\", ...}")
        ->required();
    command->add_option("--data", arguments->data, "structures, extended XYZ")->required();
    command->add_option("-o,--output", arguments->output, "labelled structures to write (REF_energy, ...)")
        ->required();
    command->add_option("--slots", arguments->slots, "labels computed at the same time")
        ->check(CLI::Range(1, 4096))
        ->capture_default_str();
    command->add_option("--work", arguments->work,
                        "folder of the ledger and of every run (default: <output>.labels)");
    command->add_option("--time-limit", arguments->time_limit_seconds, "longest run of one label [s]")
        ->check(CLI::PositiveNumber)
        ->capture_default_str();
    command->add_flag("--retry-failed", arguments->retry_failed,
                      "try again also what failed for a reason that lies in the structure");
    command->callback([arguments] { label(*arguments); });
}

}  // namespace fibonaqi::cli
