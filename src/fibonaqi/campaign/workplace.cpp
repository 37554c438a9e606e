#include "fibonaqi/campaign/workplace.hpp"

#include "fibonaqi/base/rng.hpp"
#include "fibonaqi/campaign/arm.hpp"
#include "fibonaqi/campaign/label_traffic.hpp"

namespace fibonaqi {

TaskSurroundings Workplace::surroundings(TaskHost& host) const {
    LabelTraffic* const flying = traffic;
    return {host, progress, flying == nullptr ? std::function<void()>() : [flying] { flying->pump(); }};
}

std::filesystem::path current_model(const Ledger& ledger, const CampaignLayout& layout, int cycle) {
    for (int earlier = cycle - 1; earlier > 0; --earlier) {
        const auto trained = ledger.stage(earlier, stage_key(layout, stage_names::train));
        if (trained && trained->at("promoted").get<bool>()) {
            return layout.model(earlier);
        }
    }
    return layout.start_model();
}

std::int64_t task_seed(std::uint64_t seed, const std::string& purpose, int cycle, std::size_t item) {
    // The generators of LAMMPS take seeds up to 9e8.
    return 1 + static_cast<std::int64_t>(
                   KeyedRng(seed, purpose, static_cast<std::uint64_t>(cycle), item).below(900'000'000));
}

}  // namespace fibonaqi
