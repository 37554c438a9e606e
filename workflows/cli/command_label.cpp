// fibonaqi label: labels every frame of a file with a quantum-mechanical code; resumable.
#include <filesystem>
#include <iostream>
#include <memory>
#include <optional>

#include <CLI/CLI.hpp>

#include "fibonaqi/atoms/extxyz.hpp"
#include "fibonaqi/base/error.hpp"

#include "workflows/cli/commands.hpp"
#include "workflows/cli/label_ledger.hpp"
#include "workflows/cli/label_run.hpp"
#include "workflows/composition/driver_file.hpp"

namespace fibonaqi::cli {
namespace {

namespace fs = std::filesystem;

struct LabelArguments {
    std::string driver, data, output, work, executor;
    std::optional<std::size_t> slots;
    double time_limit_seconds = 600.0;
    bool retry_failed = false;
};

void label(const LabelArguments& arguments) {
    if (arguments.driver.empty() || arguments.data.empty() || arguments.output.empty()) {
        throw ConfigError(
            "--driver, --data and -o are needed (with what, what, and where to) or a subcommand: list, "
            "retry, "
            "quarantine; see --help");
    }
    const std::unique_ptr<LabelDriver> driver = read_driver(arguments.driver, "");
    const FrameFile file = read_extxyz(arguments.data);
    expect_labels_possible(*driver, file.frames);
    const fs::path work = arguments.work.empty() ? arguments.output + ".labels" : arguments.work;
    const ExecutorOptions executor = read_executor(arguments.executor);
    const std::size_t slots = arguments.slots.value_or(executor.is_local() ? 1 : default_slots(executor, 1));
    const LabelledFrames labelled = label_frames(
        file.frames, *driver,
        {fs::absolute(work), slots, arguments.time_limit_seconds, arguments.retry_failed, executor});
    if (labelled.summary.is_complete() && !labelled.frames.empty()) {
        write_extxyz(arguments.output, labelled.frames);
        std::cout << labelled.frames.size() << " frames written to " << arguments.output << "\n";
    }
    expect_complete(labelled.summary);
    if (labelled.summary.failed > 0) {
        throw Error(std::to_string(labelled.summary.failed) +
                        " structures have no label (reasons above) --retry-failed tries all of them again",
                    ExitCode::too_many_failures);
    }
}

}  // namespace

void add_label_command(CLI::App& app) {
    CLI::App* command = app.add_subcommand(
        "label", "label structures with a quantum-mechanical code; run it again to go on after a stop");
    const auto arguments = std::make_shared<LabelArguments>();
    command->add_option("--driver", arguments->driver, "driver configuration, JSON: {\"type\": \"qe\", ...}");
    command->add_option("--data", arguments->data, "structures, extended XYZ");
    command->add_option("-o,--output", arguments->output, "labelled structures to write (REF_energy, ...)");
    command
        ->add_option("--slots", arguments->slots,
                     "labels computed at the same time (default: 1; in a queue 20 jobs)")
        ->check(CLI::Range(1, 4096));
    command->add_option(
        "--executor", arguments->executor,
        "where they are computed, JSON: {\"type\": \"slurm\", \"cpus\": 4, ...}; left out: here");
    command->add_option("--work", arguments->work,
                        "folder of the ledger and of every run (default: <output>.labels)");
    command->add_option("--time-limit", arguments->time_limit_seconds, "longest run of one label [s]")
        ->check(CLI::PositiveNumber)
        ->capture_default_str();
    command->add_flag("--retry-failed", arguments->retry_failed,
                      "try again also what failed for a reason that lies in the structure");
    add_label_ledger_commands(*command);
    command->callback([arguments, command] {
        if (command->get_subcommands().empty()) {
            label(*arguments);
        }
    });
}

}  // namespace fibonaqi::cli
