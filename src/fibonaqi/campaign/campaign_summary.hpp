// Everything worth knowing about a campaign in one record: what the report is drawn from.
#pragma once

#include "fibonaqi/base/json.hpp"
#include "fibonaqi/campaign/layout.hpp"

namespace fibonaqi {

/// The record of docs/formats.md, "Campaign summary", out of the ledger and the files of the campaign folder.
/// Works for a campaign that runs, stopped or failed; parts without data are empty. Reads only.
/// Throws as open_campaign, and FileError.
Json campaign_summary(const CampaignLayout& layout);

/// Writes summary.json and report.html into the campaign folder. Throws FileError.
void write_report(const CampaignLayout& layout);

}  // namespace fibonaqi
