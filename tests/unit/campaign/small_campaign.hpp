// A sound campaign configuration, and a folder made of it.
#pragma once

#include "fibonaqi/base/file_system.hpp"
#include "fibonaqi/base/json.hpp"
#include "fibonaqi/campaign/campaign_folder.hpp"

#include "tests/support/temporary_folder.hpp"

namespace fibonaqi::test {

/// Two walkers, 20 candidates a cycle, 4 of 16 chosen; test set of 4 frames.
inline Json small_campaign() {
    return Json::parse(R"({
        "name": "small", "cycles": 2,
        "model": {"start": "model.safetensors"},
        "system": {"diamond": {"element": "Si", "a_A": 5.46}},
        "explore": {"temperatures_K": [300, 900], "steps": 100, "first_step": 10, "harvest_every_steps": 10},
        "select": {"batch": 4, "ratio": 0.25},
        "label": {"driver": {"type": "qe"}},
        "test_set": {"frames": 4, "walkers_per_temperature": 1, "steps": 50, "first_step": 10}})");
}

/// A campaign folder in `parent`, as the engine makes it; the "model" is any file.
inline CampaignLayout make_small_campaign(const TemporaryFolder& parent) {
    write_file_atomically(parent / "model.safetensors", "weights");
    const CampaignLayout layout(parent / "run");
    create_campaign(layout, check_campaign(small_campaign()).values, "physics", parent / "model.safetensors");
    return layout;
}

}  // namespace fibonaqi::test
