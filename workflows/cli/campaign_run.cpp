#include "workflows/cli/campaign_run.hpp"

#include <iostream>

#include "fibonaqi/base/error.hpp"
#include "fibonaqi/base/log.hpp"
#include "fibonaqi/campaign/campaign_status.hpp"

namespace fibonaqi::cli {

void run_and_show(const CampaignLayout& layout, const CampaignSetup& setup, const EngineRequest& request) {
    try {
        run_engine(layout, setup, request);
    } catch (const Error& error) {
        const bool has_worked = error.exit_code() != ExitCode::locked && error.exit_code() != ExitCode::usage;
        if (has_worked) {
            log::info("so far: " + layout.report().string() + "; to go on: fibonaqi resume " +
                      layout.root().string());
        }
        throw;
    }
    std::cout << "\n"
              << result_table(campaign_status(layout)) << "\nreport: " << layout.report().string() << "\n";
}

std::filesystem::path default_folder(const CampaignSetup& setup) {
    return std::filesystem::path("runs") / setup.config.at("name").get<std::string>();
}

}  // namespace fibonaqi::cli
