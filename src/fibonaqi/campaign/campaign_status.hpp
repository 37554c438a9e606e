// What a campaign has come to: the table at the end, `status`, and the numbers of the report.
#pragma once

#include <optional>
#include <string>

#include "fibonaqi/base/json.hpp"
#include "fibonaqi/campaign/layout.hpp"
#include "fibonaqi/data/ledger.hpp"

namespace fibonaqi {

/// {"state", "labels_total", "cycles": [{"cycle", "candidates", "selected", "labelled", "failed",
/// "test_force_rmse_eV_per_A", "test_energy_rmse_eV_per_atom", "seconds": {"md", "select", "label",
/// "train"}}]}. Cycle 0 is the starting model; its seconds are those of the test set. What is not known yet
/// is null. "control": as control_comparison() gives it, null where there is none. State: running, finished,
/// stopped or failed. Reads only, also while an engine works. Throws as open_campaign, and FileError.
Json campaign_status(const CampaignLayout& layout);

/// Rows of the cycles 0 .. `cycles` that have begun, of the line that `layout` belongs to, as above, with
/// "labels_total", "cpu_seconds_total", "promoted", "seconds" of the evaluation and
/// "test_force_rmse_by_group_eV_per_A".
Json cycle_rows(const Ledger& ledger, const CampaignLayout& layout, int cycles);

/// Test force error [eV/angstrom] of the last cycle of a status that has measured one.
std::optional<double> latest_force_error(const Json& status);

/// running, finished, stopped or failed.
std::string campaign_state(const Ledger& ledger, const CampaignLayout& layout);

/// The cycles of a status as a text table, with a line about cycle 0, and the comparison with its controls.
std::string result_table(const Json& status);

/// Why the last engine ended, as it said itself; empty when it could not or has not.
std::string stop_reason(const CampaignLayout& layout);

/// Where the engine is now, one line for people; empty when none works here.
std::string activity(const CampaignLayout& layout);

}  // namespace fibonaqi
