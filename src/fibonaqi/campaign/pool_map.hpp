// The map of a cycle's pool: where candidates, picks and labelled frames stood in the plane of their
// features.
#pragma once

#include "fibonaqi/base/json.hpp"
#include "fibonaqi/campaign/layout.hpp"

namespace fibonaqi {

/// An entry of "maps" in the campaign summary (docs/formats.md) out of the result of the worker's selection,
/// or null: the strategy looked at no features, the campaign is older than maps, or the file is gone. It is a
/// picture, no record: nothing depends on it, so the ledger does not keep it.
Json pool_map(const CampaignLayout& layout, int cycle);

}  // namespace fibonaqi
