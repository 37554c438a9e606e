// fibonaqi report: draws report.html from what the campaign folder holds.
#include <iostream>
#include <memory>

#include <CLI/CLI.hpp>

#include "fibonaqi/campaign/campaign_summary.hpp"

#include "workflows/cli/commands.hpp"

namespace fibonaqi::cli {

void add_report_command(CLI::App& app) {
    CLI::App* command = app.add_subcommand("report", "write report.html of a campaign");
    const auto folder = std::make_shared<std::string>();
    command->add_option("folder", *folder, "campaign folder")->required();
    command->callback([folder] {
        const CampaignLayout layout(*folder);
        write_report(layout);
        std::cout << layout.report().string() << "\n";
    });
}

}  // namespace fibonaqi::cli
