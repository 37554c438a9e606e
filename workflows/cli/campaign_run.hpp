// What `run` and `resume` share.
#pragma once

#include "workflows/composition/campaign_engine.hpp"

namespace fibonaqi::cli {

/// Runs the campaign in the folder to its end, then prints the result table and the path of the report. When
/// it ends early, says where what was finished can be looked at, and passes the reason on.
void run_and_show(const CampaignLayout& layout, const CampaignSetup& setup, const EngineRequest& request);

/// The folder of a campaign without --dir: runs/<name>.
std::filesystem::path default_folder(const CampaignSetup& setup);

}  // namespace fibonaqi::cli
