// A campaign folder: made once, opened again by every engine and by every reader.
#pragma once

#include <string>

#include "fibonaqi/campaign/campaign_options.hpp"
#include "fibonaqi/campaign/layout.hpp"

namespace fibonaqi {

/// Newest format of campaign folders that this program reads and writes.
inline constexpr int campaign_folder_version = 1;

/// What stands in campaign.json: the configuration with all defaults and absolute paths, and what was fixed
/// when the campaign began.
struct CampaignRecord {
    Json config;                    ///< for campaign_options()
    std::size_t cores = 1;          ///< rounding depends on the number of threads, so it stays what it was
    std::string label_fingerprint;  ///< LabelDriver::fingerprint: all labels come from the same physics
    std::string created_at;
};

/// Whether there is a campaign in this folder.
bool has_campaign(const CampaignLayout& layout);

/// Throws ConfigError where there is no campaign, FormatError for a folder from a newer FIBonAQi or a damaged
/// record.
CampaignRecord open_campaign(const CampaignLayout& layout);

/// Throws ConfigError when the folder holds files that are not of a campaign: it is not taken over.
void expect_free_folder(const CampaignLayout& layout);

/// Makes the folder: start structure, a copy of the starting model, then campaign.json, so that a folder with
/// a record is complete. `config` has all keys; `model` is the file of the starting model. Throws as
/// expect_free_folder, FileError.
CampaignRecord create_campaign(const CampaignLayout& layout, const Json& config,
                               const std::string& label_fingerprint, const std::filesystem::path& model);

/// Throws ConfigError naming the keys in which `config` differs from that of the campaign beyond what
/// fixed_differences lets pass, and when the labels would be made with other physics than those before;
/// FormatError when the ledger of a campaign that has begun is gone. Reads only.
void expect_same_campaign(const CampaignLayout& layout, const Json& config,
                          const std::string& label_fingerprint);

/// Goes on with `config`. Throws as expect_same_campaign, FileError.
CampaignRecord update_campaign(const CampaignLayout& layout, const Json& config,
                               const std::string& label_fingerprint);

/// "2026-01-31T12:00:00Z", now.
std::string utc_time();

}  // namespace fibonaqi
