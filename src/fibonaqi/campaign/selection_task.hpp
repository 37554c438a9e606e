// The question that a cycle's selection puts to the worker: asked by the stage, and again by whoever wants to
// know why a frame was chosen.
#pragma once

#include <vector>

#include "fibonaqi/atoms/frame.hpp"
#include "fibonaqi/campaign/campaign_options.hpp"
#include "fibonaqi/campaign/layout.hpp"
#include "fibonaqi/data/ledger.hpp"

namespace fibonaqi {

/// Labels of earlier cycles of the line that `layout` belongs to, in the order in which they were planned:
/// what is known when `cycle` selects.
std::vector<Frame> labelled_before(const Ledger& ledger, const CampaignLayout& layout, int cycle);

/// The worker's task `select` of docs/formats.md without "threads" and "output". Where features are compared
/// and labelled_before is not empty, its "labelled" is layout.labelled_before(cycle). Writes nothing.
Json selection_task(const CampaignOptions& options, const CampaignLayout& layout, const Ledger& ledger,
                    int cycle);

}  // namespace fibonaqi
