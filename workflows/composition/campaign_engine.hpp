// The engine at work in a campaign folder.
#pragma once

#include <filesystem>

#include "fibonaqi/campaign/layout.hpp"

#include "workflows/composition/campaign_setup.hpp"

namespace fibonaqi {

/// How a campaign is to be run.
struct EngineRequest {
    std::filesystem::path start_model;  ///< file of the starting model; only for a folder that is new
    bool retry_failed = false;          ///< labels that failed for a reason that lies in the structure
};

/// Begins the campaign in the folder, or goes on with the one that is there, until it ends. Lines for people
/// go to the log (stderr and engine.log). Ctrl-C is watched from here on. Throws LockedError when another
/// engine works there, ConfigError for a folder of another campaign, and whatever stopped the campaign; all
/// that was finished is kept.
void run_engine(const CampaignLayout& layout, const CampaignSetup& setup, const EngineRequest& request);

}  // namespace fibonaqi
