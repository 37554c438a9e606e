// What a campaign will ask for, and what that will cost by one measured label and one measured walk.
#pragma once

#include <cstddef>
#include <string>

#include "fibonaqi/campaign/campaign_options.hpp"

namespace fibonaqi {

/// How much of each a campaign asks for when no walker is stopped and no label fails.
struct CampaignCounts {
    std::size_t test_labels = 0;
    std::size_t labels_per_cycle = 0;  ///< of one line
    std::size_t cycles = 0;
    std::size_t lines = 1;  ///< the campaign's own, and controls
    std::size_t test_walkers = 0, walkers = 0;
    long test_steps = 0, steps = 0;  ///< of one walker

    std::size_t labels() const { return test_labels + lines * cycles * labels_per_cycle; }
    std::size_t trainings() const { return lines * cycles; }
    long md_steps() const;  ///< of all walkers, test set included
};
CampaignCounts campaign_counts(const CampaignOptions& options);

/// What a label took, on one machine with nothing beside it.
struct LabelProbe {
    double wall_seconds = 0.0, cpu_seconds = 0.0;
    double peak_MB = 0.0;  ///< memory
    double kept_MB = 0.0;  ///< files that stay on disk
};

/// What a walker of the campaign's model took.
struct WalkProbe {
    double steps_per_second = 0.0;
    std::size_t threads = 1;  ///< that it had
};

/// Where it will be done.
struct Workforce {
    std::size_t slots = 1;  ///< labels at the same time
    std::size_t cores = 1;  ///< of this machine that the campaign may use
    bool queues_labels = false,
         queues_walkers = false;  ///< they are jobs of a cluster, with cores of their own
};

struct ForecastPart {
    double cpu_hours = 0.0, wall_hours = 0.0;
};
struct Forecast {
    ForecastPart labels, walks;
    double disk_MB = 0.0, memory_MB = 0.0;
    double slowdown = 1.0;  ///< of a label, where labels want more cores than there are
};

/// Labels of one stage are done in rounds of `slots`, stages one after the other. Labels that want more cores
/// than there are take longer in proportion. Walkers share the cores. Jobs of a cluster do neither, and are
/// taken to begin at once, on cores as fast as those of the probe. Selection, training and evaluation are
/// not in it.
Forecast forecast(const CampaignCounts& counts, const LabelProbe& label, const WalkProbe& walk,
                  const Workforce& work);

/// The table for people, with what it assumes.
std::string forecast_text(const CampaignCounts& counts, const Forecast& costs, const Workforce& work);

/// docs/formats.md, "Forecast".
Json to_json(const CampaignCounts& counts, const LabelProbe& label, const WalkProbe& walk,
             const Forecast& costs);

}  // namespace fibonaqi
