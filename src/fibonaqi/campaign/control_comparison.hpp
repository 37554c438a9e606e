// The campaign's own line against its controls: the same number of labels from the same candidates, chosen
// otherwise.
#pragma once

#include <string>

#include "fibonaqi/base/json.hpp"
#include "fibonaqi/campaign/campaign_options.hpp"
#include "fibonaqi/campaign/layout.hpp"
#include "fibonaqi/data/ledger.hpp"

namespace fibonaqi {

/// The part "control" of the campaign summary (docs/formats.md), or null where there is no control. `own` are
/// the cycle_rows of the campaign. Reads only.
Json control_comparison(const Ledger& ledger, const CampaignOptions& options, const CampaignLayout& layout,
                        const Json& own);

/// One sentence, whoever wins, from the force errors of the last cycle that all lines have measured. The
/// campaign is said to be better or worse only where its error lies outside of those of all controls, and
/// where there are at least two: one control has no spread. Empty before there is anything to compare.
std::string control_verdict(const Json& comparison);

/// The comparison as a text table with the verdict below; empty for null.
std::string control_table(const Json& comparison);

}  // namespace fibonaqi
