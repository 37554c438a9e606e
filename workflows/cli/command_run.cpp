// fibonaqi run: begins a campaign, or goes on with it.
#include <filesystem>
#include <memory>

#include <CLI/CLI.hpp>

#include "fibonaqi/base/error.hpp"
#include "fibonaqi/base/log.hpp"
#include "fibonaqi/campaign/campaign_folder.hpp"

#include "workflows/cli/campaign_run.hpp"
#include "workflows/cli/commands.hpp"

namespace fibonaqi::cli {
namespace {

struct RunArguments {
    std::string file, folder;
    bool retry_failed = false;
};

void run(const RunArguments& arguments) {
    const CampaignSetup setup = read_setup(arguments.file);
    const CampaignLayout layout(arguments.folder.empty() ? default_folder(setup)
                                                         : std::filesystem::path(arguments.folder));
    EngineRequest request;
    request.retry_failed = arguments.retry_failed;
    if (!has_campaign(layout)) {
        const Preflight found = look_ahead(setup, layout.root());
        for (const std::string& warning : found.warnings) {
            log::warning(warning);
        }
        expect_ready(found);
        request.start_model = found.model;
        log::info("campaign " + layout.root().string() + "\n" +
                  plan_text(campaign_options(setup.config), *setup.driver, found));
    }
    run_and_show(layout, setup, request);
}

}  // namespace

void add_run_command(CLI::App& app) {
    CLI::App* command =
        app.add_subcommand("run", "run a campaign; goes on where it was when it has begun before");
    const auto arguments = std::make_shared<RunArguments>();
    command->add_option("file", arguments->file, "campaign file")->required();
    command->add_option("--dir", arguments->folder, "campaign folder (default: runs/<name>)");
    command->add_flag("--retry-failed", arguments->retry_failed,
                      "try again also labels that failed for a reason that lies in the structure");
    command->callback([arguments] { run(*arguments); });
}

}  // namespace fibonaqi::cli
