// fibonaqi status: where a campaign is, also while an engine works on it.
#include <iostream>
#include <memory>

#include <CLI/CLI.hpp>

#include "fibonaqi/campaign/campaign_status.hpp"

#include "workflows/cli/commands.hpp"

namespace fibonaqi::cli {
namespace {

struct StatusArguments {
    std::string folder;
    bool as_json = false;
};

void show_status(const StatusArguments& arguments) {
    const CampaignLayout layout(arguments.folder);
    const Json status = campaign_status(layout);
    if (arguments.as_json) {
        std::cout << status.dump(2) << "\n";
        return;
    }
    const std::string now = activity(layout);
    std::cout << (now.empty() ? status.at("state").get<std::string>() : now) << "\n";
    const std::string reason = stop_reason(layout);
    if (now.empty() && !reason.empty()) {
        std::cout << reason << "\n";
    }
    if (!status.at("cycles").empty()) {
        std::cout << "\n" << result_table(status);
    }
}

}  // namespace

void add_status_command(CLI::App& app) {
    CLI::App* command = app.add_subcommand("status", "where a campaign is");
    const auto arguments = std::make_shared<StatusArguments>();
    command->add_option("folder", arguments->folder, "campaign folder")->required();
    command->add_flag("--json", arguments->as_json, "as JSON, for scripts (docs/formats.md)");
    command->callback([arguments] { show_status(*arguments); });
}

}  // namespace fibonaqi::cli
