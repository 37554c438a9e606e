// fibonaqi plan: what a campaign will cost, by one label that is really computed.
#include <algorithm>
#include <filesystem>
#include <iostream>
#include <memory>
#include <thread>

#include <CLI/CLI.hpp>

#include "fibonaqi/atoms/geometry.hpp"
#include "fibonaqi/base/log.hpp"

#include "workflows/cli/campaign_run.hpp"
#include "workflows/cli/commands.hpp"
#include "workflows/cli/plan_probe.hpp"

namespace fibonaqi::cli {
namespace {

namespace fs = std::filesystem;

struct PlanArguments {
    std::string file, work, json;
    std::size_t slots = 0;
    long steps = 200;
};

// A program that waits for nobody works all of its time, on one core or on several.
constexpr double busy_machine = 1.3;

void print_probe(const CampaignProbe& probe, long steps, const std::string& code) {
    char text[320];
    std::snprintf(
        text, sizeof text,
        "probe       %s after %ld MD steps at %g K (%.1f steps/s with %zu %s)\n"
        "            its label by %s: %.1f CPU s, %.1f s, %.0f MB of memory, %.2f MB stay on disk\n\n",
        formula(probe.structure).c_str(), steps, probe.temperature_K, probe.walk.steps_per_second,
        probe.walk.threads, probe.walk.threads == 1 ? "thread" : "threads", code.c_str(),
        probe.label.cpu_seconds, probe.label.wall_seconds, probe.label.peak_MB, probe.label.kept_MB);
    std::cout << text;
    if (probe.label.wall_seconds > busy_machine * probe.label.cpu_seconds) {
        log::warning(
            "the label took longer than the processor worked for it (other programs, or a slow disk) wall "
            "times below are as long in proportion");
    }
}

void plan(const PlanArguments& arguments) {
    const CampaignSetup setup = read_setup(arguments.file);
    const fs::path folder = default_folder(setup);
    const fs::path work = fs::absolute(arguments.work.empty() ? folder.string() + ".plan" : arguments.work);
    const CampaignOptions options = campaign_options(setup.config);
    const Preflight found = look_ahead(setup, folder);
    expect_ready(found);
    std::cout << plan_text(options, *setup.driver, found) << std::flush;
    for (const std::string& warning : found.warnings) {
        log::warning(warning);
    }
    Workforce workers;
    workers.cores = options.cores.value_or(std::max(1u, std::thread::hardware_concurrency()));
    const ExecutorsOptions& where = options.executors;
    const std::size_t slots = options.label.slots.value_or(default_slots(where.label, workers.cores));
    workers.slots = arguments.slots > 0 ? arguments.slots : slots;
    workers.queues_labels = !where.label.is_local();
    workers.queues_walkers = !where.explore.is_local();
    const CampaignProbe measured = probe(setup, found, work, arguments.steps, workers.cores);
    const CampaignCounts counts = campaign_counts(options);
    const Forecast costs = forecast(counts, measured.label, measured.walk, workers);
    print_probe(measured, arguments.steps, setup.driver->name());
    std::cout << forecast_text(counts, costs, workers);
    if (!arguments.json.empty()) {
        write_json(arguments.json, to_json(counts, measured.label, measured.walk, costs));
    }
}

}  // namespace

void add_plan_command(CLI::App& app) {
    CLI::App* command = app.add_subcommand(
        "plan",
        "say what a campaign will cost in CPU hours, wall time and disk, by one walk and one label that "
        "are really computed");
    const auto arguments = std::make_shared<PlanArguments>();
    command->add_option("file", arguments->file, "campaign file")->required();
    command->add_option(
        "--work", arguments->work,
        "folder of what is computed: a second plan finds it there (default: runs/<name>.plan)");
    command
        ->add_option("--slots", arguments->slots,
                     "as if so many labels were computed at the same time (default: what the campaign says)")
        ->check(CLI::Range(1, 4096));
    command->add_option("--md-steps", arguments->steps, "length of the walk before the label")
        ->check(CLI::Range(1L, 1000000L))
        ->capture_default_str();
    command->add_option("--json", arguments->json, "file to write the numbers to");
    command->callback([arguments] { plan(*arguments); });
}

}  // namespace fibonaqi::cli
