// From a campaign file, or a campaign folder, to everything that a campaign needs to run.
#pragma once

#include <filesystem>
#include <memory>

#include "fibonaqi/campaign/campaign_file.hpp"
#include "fibonaqi/campaign/layout.hpp"
#include "fibonaqi/campaign/preflight.hpp"
#include "fibonaqi/label/label_driver.hpp"

namespace fibonaqi {

/// A sound configuration and its driver. `config` holds the driver's configuration as the driver itself
/// states it: with absolute paths, all defaults, and so the same from whichever folder it was read.
struct CampaignSetup {
    Json config;
    std::unique_ptr<LabelDriver> driver;
};

/// The table of all keys of a campaign file, those of the training included.
const ConfigSchema& full_campaign_schema();

/// Reads a campaign file. Throws ConfigError with one line "file:line: key: problem" for everything that is
/// wrong with it, driver included; FileError, FormatError.
CampaignSetup read_setup(const std::filesystem::path& file);

/// What the record of a campaign folder says. Throws as open_campaign, and ConfigError.
CampaignSetup reopen_setup(const CampaignLayout& layout);

/// preflight(), and whether the sister programs are there.
Preflight look_ahead(const CampaignSetup& setup, const std::filesystem::path& folder);

/// Throws Error with all problems, one a line, unless there are none. The exit code is theirs where they
/// agree, else usage.
void expect_ready(const Preflight& found);

}  // namespace fibonaqi
