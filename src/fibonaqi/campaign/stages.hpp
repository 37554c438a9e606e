// The stages of a campaign. Each reads records, writes records, and can be repeated: the same inputs and the
// same seeds give the same files. They do not know each other, nor whether they were done before.
//
// Cycle 0 is the test set: walkers of the starting model, frames taken evenly instead of by a selector.
//
// Results are JSON objects for the ledger; all of them have "cpu_seconds". Every stage throws Error with the
// exit code of what went wrong, and as throw_stopped does on Ctrl-C.
#pragma once

#include "fibonaqi/campaign/workplace.hpp"

namespace fibonaqi {

/// Molecular dynamics with the current model, then one pool of candidates out of all walkers: duplicates,
/// structures that have or wait for a label, and those with atoms too close are dropped. A walker that fails
/// is an entry of "events"; only without any candidate is there an error.
/// {"walkers": [{"walker", "temperature_K", "status", "steps", "candidates", "seconds"}], "events": [...],
///  "candidates", "dropped": {"too_close", "duplicate", "labelled"}}
Json explore_stage(const Workplace& workplace, int cycle);

/// Which candidates are labelled: by the worker's task `select`, or taken evenly for the test set.
/// {"candidates", "selected", "picks": [{"order", "score", "walker", "temperature_K", "step", "reason"}],
/// ...}
Json select_stage(const Workplace& workplace, int cycle);

/// Labels of the picks. A failed one is skipped; more than label.max_failed_ratio of them is an error with
/// exit code too_many_failures that quotes the evidence.
/// {"asked", "labelled", "failed"}
Json label_stage(const Workplace& workplace, int cycle);

/// Fine-tunes the current model on all labels so far and decides whether the result replaces it.
/// {"promoted", "physics": [{"check", "passed", "finding"}] or null, "forgetting": as the worker's or null,
/// "validation_force_rmse_eV_per_A": {"before", "after"}, "sha256", "parent_sha256", ...}
Json train_stage(const Workplace& workplace, int cycle);

/// Errors on the test set of the model that is current after `cycle`; of the starting model for 0, with the
/// E0 shift of the first training applied. For the record only.
/// {"model", "force_rmse_eV_per_A", "energy_rmse_eV_per_atom", "groups": {"300 K": rmse}, "e0_shift_eV"}
Json evaluate_stage(const Workplace& workplace, int cycle);

}  // namespace fibonaqi
