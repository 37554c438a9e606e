// Why a frame was chosen: what the ledger and the files of the campaign folder know about it, and the
// question that the worker answers about its features.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "fibonaqi/base/json.hpp"
#include "fibonaqi/campaign/layout.hpp"

namespace fibonaqi {

/// What can be said without LibTorch, and what is to be asked of the worker.
struct Explanation {
    /// The record `fibonaqi-explanation` of docs/formats.md without "features".
    Json record;
    /// Task `explain` for fibonaqi-worker without "threads"; empty where the features cannot be computed any
    /// more, or where the strategy looked at none: record["missing"] then says so.
    std::optional<Json> task;
};

/// The frame that `name` means (frame_name.hpp). Files that are no longer there are no error: their part of
/// the record is null and a sentence in "missing" tells. Reads only. Throws ConfigError for a folder without
/// a campaign or a name that fits no frame, FormatError for a file that is damaged.
Explanation explain_frame(const CampaignLayout& layout, const std::string& name);

/// Adds the worker's answer: "features" with the names of the frames instead of their numbers.
void add_features(Explanation& explanation, const Json& answer, const CampaignLayout& layout);

}  // namespace fibonaqi
