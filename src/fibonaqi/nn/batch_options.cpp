#include "fibonaqi/nn/batch_options.hpp"

#include <algorithm>
#include <cmath>

#include "fibonaqi/base/contract.hpp"
#include "fibonaqi/base/error.hpp"

namespace fibonaqi::nn {
namespace {

constexpr std::size_t most_epochs = 1000000;

RatioSchedule ratio_schedule(const std::string& name) {
    if (name == "linear") {
        return RatioSchedule::linear;
    }
    return name == "exponential" ? RatioSchedule::exponential : RatioSchedule::constant;
}

Json selector_options(const Json& selection) {
    Json options = Json::object();
    for (const char* key : {"pick", "fill"}) {
        if (!selection.at(key).is_null()) {
            options[key] = selection.at(key);
        }
    }
    return options;
}

double effective_epochs_of(const BatchSelection& selection, std::size_t epochs) {
    double sum = 0.0;
    for (std::size_t epoch = 1; epoch <= epochs; ++epoch) {
        sum += ratio_of_epoch(selection, epoch, epochs);
    }
    return sum;
}

}  // namespace

double ratio_of_epoch(const BatchSelection& selection, std::size_t epoch, std::size_t epochs) {
    const std::size_t first = selection.warmup_epochs + 1;
    const std::size_t last = epochs - std::min(epochs, selection.final_epochs);
    if (epoch < first || epoch > last) {
        return 1.0;
    }
    const double progress =
        last > first ? static_cast<double>(epoch - first) / static_cast<double>(last - first) : 0.0;
    switch (selection.schedule) {
        case RatioSchedule::linear:
            return selection.ratio + progress * (selection.end_ratio - selection.ratio);
        case RatioSchedule::exponential:
            return selection.ratio * std::pow(selection.end_ratio / selection.ratio, progress);
        case RatioSchedule::constant:
            break;
    }
    return selection.ratio;
}

SuperbatchSize superbatch_of_epoch(const BatchSelection& selection, std::size_t batch, std::size_t epoch,
                                   std::size_t epochs) {
    const double ratio = ratio_of_epoch(selection, epoch, epochs);
    if (selection.schedule == RatioSchedule::constant) {
        return superbatch_size(batch, ratio);
    }
    return {batch, static_cast<std::size_t>(std::llround(static_cast<double>(batch) / ratio))};
}

// More epochs never train on less, so the least number is found by halving.
std::size_t epochs_for(const BatchSelection& selection, double effective_epochs) {
    FIBONAQI_EXPECT(effective_epochs > 0.0);
    constexpr double rounding = 1e-9;
    const auto is_enough = [&](std::size_t epochs) {
        return effective_epochs_of(selection, epochs) >= effective_epochs * (1.0 - rounding);
    };
    std::size_t enough = 1;
    while (!is_enough(enough) && enough < most_epochs) {
        enough *= 2;
    }
    std::size_t too_few = enough / 2;
    while (enough - too_few > 1) {
        const std::size_t middle = too_few + (enough - too_few) / 2;
        (is_enough(middle) ? enough : too_few) = middle;
    }
    return enough;
}

std::vector<ConfigKey> budget_keys() {
    using namespace config;
    return {
        number("effective_epochs", nullptr,
               "where given, it counts instead of \"epochs\": training goes on until as many frames were "
               "trained on as so many training sets have. With selection.ratio 0.1 that takes ten times as "
               "many epochs")
            .above(0)
            .between(0, 100000),
        integer("max_frames", 0, "the training ends when so many frames were trained on; 0 = not limited")
            .at_least(0),
        number(
            "max_minutes", 0,
            "the training ends after this time, all included; where it ends depends on the machine then; 0 "
            "= not limited [minutes]")
            .at_least(0),
    };
}

std::vector<ConfigKey> selection_keys() {
    using namespace config;
    return {
        section("selection", "how training batches are drawn"),
        text("selection.strategy", "uniform",
             "uniform: at random; divbs: so that a batch represents its superbatch")
            .one_of({"uniform", "divbs"}),
        number("selection.ratio", 1.0,
               "batch / superbatch, where the superbatch must be a whole number of frames; 1 takes every "
               "frame in every epoch, less trains on this share of them")
            .above(0)
            .between(0, 1),
        text("selection.schedule", "constant",
             "of the ratio: linear and exponential go to end_ratio in the course of the epochs, with "
             "superbatches rounded to whole frames")
            .one_of({"constant", "linear", "exponential"}),
        number("selection.end_ratio", 1.0, "of linear and exponential").above(0).between(0, 1),
        integer("selection.warmup_epochs", 0,
                "first epochs, which take every frame, whatever the ratio: gradients of a new model say "
                "little")
            .between(0, most_epochs),
        integer("selection.final_epochs", 0,
                "last epochs, which do so too: with small gradients left, the same frames would be chosen "
                "again and again")
            .between(0, most_epochs),
        text("selection.pick", nullptr,
             "of divbs: next frame drawn by score, the best score, or least squares")
            .one_of({"draw", "argmax", "ols"}),
        text("selection.fill", nullptr, "of divbs: what to do when nothing is left to explain")
            .one_of({"uniform", "restart", "stop"}),
    };
}

std::vector<ConfigProblem> selection_problems(const Json& values, const std::string& pointer) {
    std::vector<ConfigProblem> problems;
    const Json& section = values.at("selection");
    const BatchSelection selection = batch_selection_from_json(values);
    if (selection.schedule == RatioSchedule::constant) {
        try {
            (void)superbatch_size(values.at("batch").get<std::size_t>(), selection.ratio);
        } catch (const ConfigError& error) {
            problems.push_back({pointer + "/selection/ratio", error.what()});
        }
    }
    if (selection.strategy == "uniform" && !selection.options.empty()) {
        problems.push_back({pointer + "/selection/" + selection.options.begin().key(),
                            "is given with strategy uniform (only divbs has it) remove it, or use divbs"});
    }
    const std::size_t full = selection.warmup_epochs + selection.final_epochs;
    const std::size_t epochs = epochs_from_json(values);
    if (selection.ratio < 1.0 && full >= epochs) {
        problems.push_back({pointer + "/selection/warmup_epochs",
                            "and final_epochs are " + std::to_string(full) + " of " + std::to_string(epochs) +
                                " epochs (nothing would be selected) take fewer, or ratio 1"});
    }
    if (selection.schedule == RatioSchedule::constant && section.at("end_ratio") != 1.0) {
        problems.push_back({pointer + "/selection/end_ratio",
                            "is given with schedule constant (only linear and exponential have it) remove "
                            "it, or give a schedule"});
    }
    return problems;
}

BatchSelection batch_selection_from_json(const Json& settings) {
    const Json& section = settings.at("selection");
    BatchSelection selection;
    selection.strategy = section.at("strategy").get<std::string>();
    selection.ratio = section.at("ratio").get<double>();
    selection.options = selector_options(section);
    if (section.contains("schedule")) {  // not in campaigns that began before there were schedules
        selection.schedule = ratio_schedule(section.at("schedule").get<std::string>());
        selection.end_ratio = section.at("end_ratio").get<double>();
        selection.warmup_epochs = section.at("warmup_epochs").get<std::size_t>();
        selection.final_epochs = section.at("final_epochs").get<std::size_t>();
    }
    return selection;
}

TrainBudget train_budget_from_json(const Json& settings) {
    return {settings.value("max_frames", std::size_t{0}), settings.value("max_minutes", 0.0)};
}

std::size_t epochs_from_json(const Json& settings) {
    if (settings.contains("effective_epochs") && !settings.at("effective_epochs").is_null()) {
        return epochs_for(batch_selection_from_json(settings), settings.at("effective_epochs").get<double>());
    }
    return settings.at("epochs").get<std::size_t>();
}

}  // namespace fibonaqi::nn
