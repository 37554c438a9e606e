// A campaign file as a person wrote it.
#pragma once

#include <filesystem>
#include <string>

#include "fibonaqi/campaign/campaign_options.hpp"

namespace fibonaqi {

/// What a file says and what is wrong with it. Other checks (of the driver, of the training settings) add
/// their problems to `checked`, so that the user sees all of them at once.
struct CampaignFile {
    std::filesystem::path path;
    std::string text;
    CheckedConfig checked;  ///< of check_campaign; paths of structure and model are absolute
};

/// `schema` is campaign_schema or one of campaign_schema_with. Relative paths in the file start at its
/// folder. Throws FileError, and FormatError "file:line" for a text that is no JSON; other problems are in
/// the result.
CampaignFile load_campaign(const std::filesystem::path& path, const ConfigSchema& schema);

/// Throws ConfigError, one line "file:line: key: problem" for each, unless there are no problems.
void expect_sound(const CampaignFile& file);

/// Text of a campaign file to start from: 8 atoms of silicon, every key with its help. It passes
/// load_campaign.
std::string example_campaign(const std::string& name, const ConfigSchema& schema);

}  // namespace fibonaqi
