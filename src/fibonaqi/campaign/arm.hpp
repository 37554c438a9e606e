// The lines of labels and models of a campaign: its own, and those that it is compared with.
#pragma once

#include <string>
#include <vector>

#include "fibonaqi/campaign/campaign_options.hpp"
#include "fibonaqi/campaign/layout.hpp"

namespace fibonaqi {

/// A line as the stages see it: settings and places. Everything else of a workplace is common to all.
struct Arm {
    CampaignOptions options;
    CampaignLayout layout;
};

/// control-1 .. control-<n> of control.seeds: settings of the campaign with the strategy of the control
/// (with its defaults, or as the campaign has it where it is the same) and a seed of their own, keyed by the
/// campaign's.
std::vector<Arm> control_arms(const CampaignOptions& options, const CampaignLayout& layout);

/// Name in the ledger of a stage of the line that `layout` belongs to: "select", or "control-1/select".
std::string stage_key(const CampaignLayout& layout, const std::string& stage);

/// What labels of that line are for (LabelOrigin::purpose): "train", or "control-1".
std::string label_purpose(const CampaignLayout& layout);

/// Whether this is the purpose of labels of a control.
bool is_of_control(const std::string& purpose);

}  // namespace fibonaqi
