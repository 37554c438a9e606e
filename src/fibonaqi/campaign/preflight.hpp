// What can be known about a campaign before anything is computed.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "fibonaqi/atoms/structure.hpp"
#include "fibonaqi/base/error.hpp"
#include "fibonaqi/campaign/campaign_options.hpp"
#include "fibonaqi/label/label_driver.hpp"
#include "fibonaqi/model/model_card.hpp"

namespace fibonaqi {

/// Something that would stop the campaign, "problem (why) suggestion", with the exit code that fits.
struct PreflightProblem {
    std::string message;
    ExitCode code = ExitCode::usage;
};

/// What was found. Members are empty where their source is missing or damaged; then there is a problem.
struct Preflight {
    std::vector<PreflightProblem> problems;
    std::vector<std::string> warnings;   ///< allowed, but worth a word
    std::optional<Structure> structure;  ///< where the walkers start
    std::filesystem::path model;         ///< file of the starting model
    std::optional<ModelCard> card;
    std::optional<double> label_noise_eV_per_A;  ///< of forces, where label.noise tells it
};

/// Looks at the starting structure (readable, atoms apart, periodicity), the model (sound, knows the
/// elements), the driver (program, pseudopotentials) and the free space where `folder` is or will be.
/// Computes nothing; takes well below a second. Never throws for what it finds.
Preflight preflight(const CampaignOptions& options, const LabelDriver& driver,
                    const std::filesystem::path& folder);

/// What the campaign will do, several lines for people: system, model, walkers, labels, totals.
std::string plan_text(const CampaignOptions& options, const LabelDriver& driver, const Preflight& found);

}  // namespace fibonaqi
