// The report of a campaign: one HTML file that a person wants to read.
#pragma once

#include <string>

#include "fibonaqi/base/json.hpp"

namespace fibonaqi {

/// The page for a campaign summary (docs/formats.md, "Campaign summary"): a verdict in plain language,
/// learning curves, parity plots before and after, where the labels came from, what failed and why, costs,
/// training curves, models and settings. Needs no network and no script. Everything that comes from the
/// summary is escaped.
///
/// The summary may be partial or empty, as it is while a campaign runs: parts without data are left out.
/// Never throws for what the summary holds.
std::string render_report(const Json& summary);

}  // namespace fibonaqi
