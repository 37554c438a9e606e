// Which walkers a cycle has: temperature, strain, length and harvest of each.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "fibonaqi/campaign/campaign_options.hpp"

namespace fibonaqi {

/// One walker of a cycle, cycle 0 (the test set) included. Times in steps of explore.timestep_fs.
struct WalkerPlan {
    std::size_t number = 0;
    double temperature_K = 0.0, strain_percent = 0.0;
    long steps = 0, first_step = 0, every_steps = 1;
};

/// The walkers of a cycle, sorted as their temperatures are.
std::vector<WalkerPlan> explore_plan(const ExploreOptions& explore);

/// The walkers of the test set. They harvest twice as many frames as are needed, so that one that ends early
/// leaves no gap.
std::vector<WalkerPlan> test_plan(const CampaignOptions& options);

/// Candidates that these walkers give when none of them is stopped. The start (step 0) never is one.
std::size_t candidates_of(const std::vector<WalkerPlan>& plan);

/// "walker 3 (2500 K)"
std::string walker_name(const WalkerPlan& plan);

}  // namespace fibonaqi
