// One short walk of a campaign's model and one real label of where it led: what a forecast is made of.
#pragma once

#include <filesystem>

#include "fibonaqi/campaign/forecast.hpp"

#include "workflows/composition/campaign_setup.hpp"

namespace fibonaqi::cli {

struct CampaignProbe {
    Structure structure;  ///< that was labelled
    double temperature_K = 0.0;
    LabelProbe label;
    WalkProbe walk;
};

/// Walks `steps` at the highest temperature from the campaign's start, strained as its walkers are, and
/// labels the last frame. Both are kept in `work` and found there by a second call, as long as what decides
/// them is the same. Throws DriverError when the label fails, and as run_quietly and label_frames.
CampaignProbe probe(const CampaignSetup& setup, const Preflight& found, const std::filesystem::path& work,
                    long steps, std::size_t cores);

}  // namespace fibonaqi::cli
