#include "fibonaqi/campaign/walker_plan.hpp"

#include <algorithm>
#include <cmath>

namespace fibonaqi {

std::vector<WalkerPlan> explore_plan(const ExploreOptions& explore) {
    std::vector<WalkerPlan> plan;
    for (const double temperature : explore.temperatures_K) {
        plan.push_back({plan.size(), temperature, explore.strain_percent, explore.steps, explore.first_step,
                        explore.harvest_every_steps});
    }
    return plan;
}

std::vector<WalkerPlan> test_plan(const CampaignOptions& options) {
    const TestSetOptions& test = options.test_set;
    const std::size_t walkers = options.explore.temperatures_K.size() * test.walkers_per_temperature;
    const auto per_walker = static_cast<long>((2 * test.frames + walkers - 1) / walkers);
    const long every = std::max(1L, (test.steps - test.first_step) / per_walker);
    std::vector<WalkerPlan> plan;
    for (const double temperature : options.explore.temperatures_K) {
        for (std::size_t copy = 0; copy < test.walkers_per_temperature; ++copy) {
            plan.push_back(
                {plan.size(), temperature, test.strain_percent, test.steps, test.first_step, every});
        }
    }
    return plan;
}

std::size_t candidates_of(const std::vector<WalkerPlan>& plan) {
    std::size_t candidates = 0;
    for (const WalkerPlan& walker : plan) {
        const long after_first = (walker.steps - walker.first_step) / walker.every_steps;
        candidates += static_cast<std::size_t>(after_first + (walker.first_step > 0 ? 1 : 0));
    }
    return candidates;
}

std::string walker_name(const WalkerPlan& plan) {
    return "walker " + std::to_string(plan.number) + " (" + std::to_string(std::lround(plan.temperature_K)) +
           " K)";
}

}  // namespace fibonaqi
