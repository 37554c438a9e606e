#include "fibonaqi/campaign/walker_plan.hpp"

#include <algorithm>
#include <cmath>

namespace fibonaqi {
namespace {

// The same walk at each temperature, `copies` times.
std::vector<WalkerPlan> copies_of(WalkerPlan walk, const std::vector<double>& temperatures_K,
                                  std::size_t copies) {
    std::vector<WalkerPlan> plan;
    for (const double temperature : temperatures_K) {
        for (std::size_t copy = 0; copy < copies; ++copy) {
            walk.number = plan.size();
            walk.temperature_K = temperature;
            plan.push_back(walk);
        }
    }
    return plan;
}

}  // namespace

std::vector<WalkerPlan> explore_plan(const ExploreOptions& explore) {
    return copies_of(
        {0, 0.0, explore.strain_percent, explore.steps, explore.first_step, explore.harvest_every_steps},
        explore.temperatures_K, explore.walkers_per_temperature);
}

std::vector<WalkerPlan> test_plan(const CampaignOptions& options) {
    const TestSetOptions& test = options.test_set;
    const std::size_t walkers = options.explore.temperatures_K.size() * test.walkers_per_temperature;
    const auto per_walker = static_cast<long>((2 * test.frames + walkers - 1) / walkers);
    const long every = std::max(1L, (test.steps - test.first_step) / per_walker);
    return copies_of({0, 0.0, test.strain_percent, test.steps, test.first_step, every},
                     options.explore.temperatures_K, test.walkers_per_temperature);
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
