// The parts of the campaign report. Each takes the campaign summary (docs/formats.md, "Campaign summary") and
// gives the HTML of one part, "" where the summary has nothing for it.
#pragma once

#include <string>

#include "fibonaqi/base/json.hpp"

namespace fibonaqi::report {

/// The result in two or three sentences, and its numbers as tiles: what was gained, with how many labels, in
/// what time. Always there; says so when nothing has been measured yet.
std::string verdict_section(const Json& summary);

/// Errors on the held-out set against labels and CPU time, and by group of the held-out set.
std::string learning_section(const Json& summary);

/// The campaign against its controls: the verdict, both curves with the spread over seeds, every control.
std::string control_section(const Json& summary);

/// Predicted against DFT values on the held-out set, before and after.
std::string parity_section(const Json& summary);

/// One row per cycle.
std::string cycles_section(const Json& summary);

/// Where the labels came from: walker and temperature by cycle, why each frame was a candidate, the full
/// list.
std::string origins_section(const Json& summary);

/// Where the picks of each cycle stood among the candidates, in the plane of their features.
std::string map_section(const Json& summary);

/// Labels that failed: kinds with counts, then each with its evidence.
std::string failures_section(const Json& summary);

/// Walkers that left the sane region: which, when, why.
std::string walkers_section(const Json& summary);

/// Seconds of MD, selection, DFT and training for each cycle.
std::string costs_section(const Json& summary);

/// Validation error and loss by epoch, one line per cycle.
std::string training_section(const Json& summary);

/// The models of the campaign, each with its parent.
std::string lineage_section(const Json& summary);

/// The configuration with all defaults, and the notes of the engine.
std::string settings_section(const Json& summary);

}  // namespace fibonaqi::report
