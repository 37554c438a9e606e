#include "fibonaqi/campaign/preflight.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <set>

#include "fibonaqi/atoms/extxyz.hpp"
#include "fibonaqi/atoms/geometry.hpp"
#include "fibonaqi/atoms/species.hpp"
#include "fibonaqi/base/file_system.hpp"
#include "fibonaqi/base/superbatch_size.hpp"
#include "fibonaqi/campaign/forecast.hpp"
#include "fibonaqi/campaign/labels_limit.hpp"
#include "fibonaqi/campaign/start_structure.hpp"
#include "fibonaqi/campaign/walker_plan.hpp"
#include "fibonaqi/model/model_store.hpp"
#include "fibonaqi/model/program_trust.hpp"
#include "fibonaqi/model/tensor_file.hpp"

namespace fibonaqi {
namespace {

namespace fs = std::filesystem;

// Closest pairs are looked for within this distance [angstrom]: more than any sum of two covalent radii.
constexpr double pair_cutoff = 6.0;

std::string formatted(const char* format, double value) {
    char text[48];
    std::snprintf(text, sizeof text, format, value);
    return text;
}

std::vector<int> elements_of(const Structure& structure) {
    const std::set<int> elements(structure.atomic_numbers.begin(), structure.atomic_numbers.end());
    return {elements.begin(), elements.end()};
}

std::string symbols(const std::vector<int>& elements) {
    std::string text;
    for (const int element : elements) {
        text += (text.empty() ? "" : ", ") + symbol(element);
    }
    return text;
}

void add(Preflight& found, const std::string& message, ExitCode code = ExitCode::usage) {
    found.problems.push_back({message, code});
}

void look_at_distances(const CampaignOptions& options, Preflight& found) {
    const double least = options.explore.limits.min_distance_scale;
    const double closest = closest_approach(*found.structure);
    if (closest < least) {
        const ClosestPair pair = closest_pair(*found.structure, pair_cutoff);
        add(found, "system: atoms " + std::to_string(pair.first) + " and " + std::to_string(pair.second) +
                       " (counted from 0) are " + formatted("%.2f A", pair.distance) + " apart (" +
                       formatted("%.2f", closest) + " of the sum of their covalent radii; at least " +
                       formatted("%.2f", least) +
                       " is wanted, explore.limits.min_distance_scale) correct the structure");
    }
}

void look_at_periodicity(const CampaignOptions& options, const LabelDriver& driver, Preflight& found) {
    const Structure& structure = *found.structure;
    const DriverCapabilities able = driver.capabilities();
    const bool is_possible = structure.is_fully_periodic() ? able.fully_periodic
                             : structure.is_periodic()     ? able.partly_periodic
                                                           : able.isolated;
    if (!is_possible) {
        add(found, "system: " + driver.name() +
                       " takes no structure of this periodicity (pbc of the start "
                       "structure)" +
                       (able.fully_periodic ? " put it into a periodic box" : ""));
    }
    if (options.explore.ensemble == "npt" && !structure.is_fully_periodic()) {
        add(found,
            "explore.ensemble: npt needs a structure that is periodic in all directions (this one is "
            "not) use nvt");
    }
}

void look_at_structure(const CampaignOptions& options, const LabelDriver& driver, Preflight& found) {
    try {
        found.structure = start_structure(options);
        look_at_distances(options, found);
        look_at_periodicity(options, driver, found);
    } catch (const Error& error) {
        add(found, error.what());
    }
}

void look_at_model(const CampaignOptions& options, Preflight& found) {
    try {
        found.model = resolve_model(options.model);
        const ModelFile model = read_model_file(found.model);
        require_trust_of_model(model);
        found.card = model.card;
    } catch (const Error& error) {
        add(found, std::string("model.start: ") + error.what(), error.exit_code());
        return;
    }
    std::vector<int> unknown;
    for (const int element : found.structure ? elements_of(*found.structure) : std::vector<int>{}) {
        const auto& known = found.card->species;
        if (std::find(known.begin(), known.end(), element) == known.end()) {
            unknown.push_back(element);
        }
    }
    if (!unknown.empty()) {
        const bool are_few = found.card->species.size() <= 12;
        add(found, "model.start: the model '" + options.model + "' does not know " + symbols(unknown) +
                       " (it was made for " +
                       (are_few ? symbols(found.card->species)
                                : std::to_string(found.card->species.size()) + " other elements") +
                       ") choose another model");
    }
}

// One file of frames that the starting model is good at.
void look_at_frames(const std::string& key, const std::string& path, Preflight& found) {
    if (path.empty()) {
        return;
    }
    try {
        const std::vector<Frame> frames = read_extxyz(path).frames;
        if (frames.empty()) {
            add(found, key + ": '" + path + "' has no frames (there is nothing to keep) give another file");
        }
        for (std::size_t i = 0; found.card && i < frames.size(); ++i) {
            for (const int element : frames[i].structure.atomic_numbers) {
                const auto& known = found.card->species;
                if (std::find(known.begin(), known.end(), element) == known.end()) {
                    add(found, key + ": frame " + std::to_string(i) + " has " + symbol(element) +
                                   " (the starting model does not know it) leave such frames out");
                    return;
                }
            }
        }
    } catch (const Error& error) {
        add(found, key + ": " + error.what(), error.exit_code());
    }
}

void look_at_pretrained(const CampaignOptions& options, Preflight& found) {
    look_at_frames("pretrained.replay", options.pretrained.replay, found);
    look_at_frames("pretrained.forgetting", options.pretrained.forgetting, found);
    const std::size_t made = candidates_of(test_plan(options));
    const std::size_t left = made - std::min(made, options.test_set.frames);
    if (options.pretrained.md_frames > left) {
        found.warnings.push_back("pretrained.md_frames is " + std::to_string(options.pretrained.md_frames) +
                                 ", but the test set's MD leaves about " + std::to_string(left) +
                                 " frames; more test_set.steps give more");
    }
}

void look_at_driver(const LabelDriver& driver, Preflight& found) {
    const std::vector<int> elements = found.structure ? elements_of(*found.structure) : std::vector<int>{};
    for (const std::string& problem : driver.check(elements)) {
        add(found, "label.driver: " + problem);
    }
}

void look_at_executors(const CampaignOptions& options, Preflight& found) {
    const std::pair<const char*, const ExecutorOptions&> all[] = {{"label", options.executors.label},
                                                                  {"explore", options.executors.explore},
                                                                  {"train", options.executors.train}};
    for (const auto& [name, executor] : all) {
        const std::string problem = executor_problem(executor);
        if (!problem.empty()) {
            add(found, std::string("executors.") + name + ": " + problem);
        }
    }
    const ExecutorOptions& label = options.executors.label;
    if (!label.is_local() && 60.0 * label.resources.minutes < options.label.hard_seconds) {
        found.warnings.emplace_back(
            "executors.label.minutes is shorter than label.limits.hard_seconds: labels "
            "that take long end with the job");
    }
}

void look_at_space(const CampaignOptions& options, const fs::path& folder, Preflight& found) {
    fs::path place = fs::absolute(folder).lexically_normal();
    std::error_code ignored;
    while (!fs::exists(place, ignored) && place.has_relative_path()) {
        place = place.parent_path();
    }
    try {
        const double free_MB = static_cast<double>(free_bytes(place)) / 1.0e6;
        if (free_MB < options.min_free_MB) {
            add(found,
                "only " + formatted("%.0f", free_MB) + " MB are free in '" + place.string() +
                    "' (min_free_MB is " + formatted("%.0f", options.min_free_MB) +
                    ") free some space, or choose another folder",
                ExitCode::stopped);
        }
    } catch (const FileError& error) {
        add(found, error.what(), error.exit_code());
    }
}

// Before there is a model to measure, its error is what the campaign expects it to be.
void look_at_label_noise(const CampaignOptions& options, const LabelDriver& driver, Preflight& found) {
    constexpr double bearable_share = 0.5;
    try {
        found.label_noise_eV_per_A = noise_of_labels(options, driver);
    } catch (const Error& error) {
        add(found, error.what(), error.exit_code());
        return;
    }
    const double expected = options.select.prior_force_spread_eV_per_A;
    const double noise = found.label_noise_eV_per_A.value_or(0.0);
    if (noise > bearable_share * expected) {
        found.warnings.push_back("labels have a force noise of " + formatted("%.3g eV/A", noise) +
                                 " (label.noise) where the model is expected to err by " +
                                 formatted("%.3g eV/A", expected) +
                                 " (select.prior_force_spread_eV_per_A): they will limit what it learns; "
                                 "'fibonaqi driver converge' says which settings are good enough");
    }
}

// "name        text\n"
std::string line(const std::string& name, const std::string& text) {
    char start[16];
    std::snprintf(start, sizeof start, "%-11s ", name.c_str());
    return start + text + "\n";
}

std::string counted(std::size_t count, const std::string& what) {
    return std::to_string(count) + " " + what + (count == 1 ? "" : "s");
}

std::string system_text(const Preflight& found) {
    const Structure& structure = *found.structure;
    const ClosestPair pair = closest_pair(structure, pair_cutoff);
    return formula(structure) + ", " + counted(structure.size(), "atom") +
           (structure.is_fully_periodic() ? ", periodic"
            : structure.is_periodic()     ? ", partly periodic"
                                          : ", not periodic") +
           (pair.distance < pair_cutoff ? ", closest pair " + formatted("%.2f A", pair.distance) : "");
}

std::string temperatures(const ExploreOptions& explore) {
    std::string text;
    for (const double temperature : explore.temperatures_K) {
        text += (text.empty() ? "" : ", ") + formatted("%g", temperature);
    }
    return text + " K";
}

std::string cycle_text(const CampaignOptions& options) {
    const std::vector<WalkerPlan> plan = explore_plan(options.explore);
    const std::size_t superbatch = superbatch_size(options.select.batch, options.select.ratio).superbatch;
    return counted(plan.size(), "walker") + " x " + std::to_string(options.explore.steps) + " steps at " +
           temperatures(options.explore) + ": about " + counted(candidates_of(plan), "candidate") + "; " +
           options.select.strategy() + " takes " + std::to_string(options.select.batch) + " of " +
           std::to_string(superbatch);
}

}  // namespace

Preflight preflight(const CampaignOptions& options, const LabelDriver& driver, const fs::path& folder) {
    Preflight found;
    found.warnings = campaign_advice(options);
    look_at_structure(options, driver, found);
    look_at_model(options, found);
    look_at_pretrained(options, found);
    look_at_driver(driver, found);
    look_at_label_noise(options, driver, found);
    look_at_executors(options, found);
    look_at_space(options, folder, found);
    return found;
}

std::string plan_text(const CampaignOptions& options, const LabelDriver& driver, const Preflight& found) {
    const std::vector<WalkerPlan> test = test_plan(options);
    const CampaignCounts counts = campaign_counts(options);
    std::string text;
    if (found.structure) {
        text += line("system", system_text(found));
    }
    if (found.card) {
        text += line("model", options.model + " (" + found.card->architecture + ", " +
                                  counted(found.card->species.size(), "element") + ", cutoff " +
                                  formatted("%g A", found.card->cutoff) + "), " + found.model.string());
    }
    text += line("test set", counted(test.size(), "walker") + " x " + std::to_string(options.test_set.steps) +
                                 " steps, " + counted(options.test_set.frames, "frame") + ", labelled first");
    text += line("each cycle", cycle_text(options));
    if (options.control.seeds > 0) {
        text += line("control", counted(options.control.seeds, "control") + ": " + options.control.strategy +
                                    " from the same candidates, as many labels and trainings again");
    }
    text +=
        line("labels", std::to_string(counts.test_labels) + " + " +
                           (counts.lines > 1 ? std::to_string(counts.lines) + " x " : "") +
                           std::to_string(counts.cycles) + " x " + std::to_string(counts.labels_per_cycle) +
                           " = " + std::to_string(counts.labels()) + " with " + driver.name());
    return text + line("in all", std::to_string(counts.md_steps()) + " MD steps, " +
                                     std::to_string(counts.labels()) + " labels, " +
                                     counted(counts.trainings(), "training"));
}

}  // namespace fibonaqi
