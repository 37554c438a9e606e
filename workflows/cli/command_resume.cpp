// fibonaqi resume: goes on with a campaign, whatever ended it.
#include <memory>

#include <CLI/CLI.hpp>

#include "workflows/cli/campaign_run.hpp"
#include "workflows/cli/commands.hpp"

namespace fibonaqi::cli {
namespace {

struct ResumeArguments {
    std::string folder;
    bool retry_failed = false;
};

void resume(const ResumeArguments& arguments) {
    const CampaignLayout layout(arguments.folder);
    EngineRequest request;
    request.retry_failed = arguments.retry_failed;
    run_and_show(layout, reopen_setup(layout), request);
}

}  // namespace

void add_resume_command(CLI::App& app) {
    CLI::App* command = app.add_subcommand(
        "resume", "go on with a campaign after Ctrl-C, a crash or a reboot; no label is computed twice");
    const auto arguments = std::make_shared<ResumeArguments>();
    command->add_option("folder", arguments->folder, "campaign folder")->required();
    command->add_flag("--retry-failed", arguments->retry_failed,
                      "try again also labels that failed for a reason that lies in the structure");
    command->callback([arguments] { resume(*arguments); });
}

}  // namespace fibonaqi::cli
