#include "fibonaqi/nn/batch_options.hpp"

#include <algorithm>
#include <cmath>

#include "fibonaqi/base/contract.hpp"
#include "fibonaqi/base/error.hpp"
#include "fibonaqi/select/row_settings.hpp"
#include "fibonaqi/select/strategy_options.hpp"

namespace fibonaqi::nn {
namespace {

constexpr std::size_t most_epochs = 1000000;

RatioSchedule ratio_schedule(const std::string& name) {
    if (name == "linear") {
        return RatioSchedule::linear;
    }
    return name == "exponential" ? RatioSchedule::exponential : RatioSchedule::constant;
}

double effective_epochs_of(const BatchSelection& selection, std::size_t epochs) {
    double sum = 0.0;
    for (std::size_t epoch = 1; epoch <= epochs; ++epoch) {
        sum += ratio_of_epoch(selection, epoch, epochs);
    }
    return sum;
}

// Without window: committees judge frames that have no labels.
std::vector<std::string> training_strategies() {
    std::vector<std::string> names = strategy_names();
    names.erase(std::remove(names.begin(), names.end(), "window"), names.end());
    return names;
}

std::vector<ConfigProblem> cheaper_row_problems(const BatchSelection& selection, const std::string& pointer) {
    const RowMaking &rows = selection.rows, exact;
    std::vector<ConfigProblem> problems;
    const auto report = [&](const std::string& key, const std::string& problem) {
        problems.push_back({pointer + "/" + key, problem});
    };
    if (!strategy_traits(selection.strategy).needs_features) {
        for (const auto& [key, is_given] : {std::pair("kept_epochs", rows.kept_epochs != exact.kept_epochs),
                                            std::pair("student", rows.student != exact.student),
                                            std::pair("shortlist", rows.shortlist != exact.shortlist)}) {
            if (is_given) {
                report(key, "is given with strategy " + selection.strategy +
                                " (it compares no gradients) leave it out");
            }
        }
        return problems;
    }
    const bool is_kept = rows.kept_epochs > 1, is_predicted = rows.student > 0.0;
    if (is_kept && is_predicted) {
        report("student", "is given with kept_epochs (a student remembers gradients itself) leave one out");
    }
    if (rows.shortlist > 0 && !is_kept && !is_predicted) {
        report("shortlist",
               "is given, but all gradients are computed (there is nothing cheaper to make it with) give "
               "student or kept_epochs too, or leave it out");
    }
    if (rows.shortlist == 1) {
        report("shortlist",
               "is 1 (as long as the batch, nothing would be left to choose) give 2 or more, or 0");
    }
    return problems;
}

std::vector<ConfigKey> cheaper_row_keys() {
    using namespace config;
    return {
        integer(
            "selection.kept_epochs", 1,
            "gradients are kept so long, and 1/kept_epochs of them is computed anew in every epoch: so much "
            "cheaper, and so much older")
            .between(1, most_epochs),
        number(
            "selection.student", 0,
            "a student, fitted on the fly, predicts gradients; so many per frame of the batch are computed "
            "for a choice, to correct it by; 0 = no student, all are computed")
            .between(0, 1000),
        integer(
            "selection.shortlist", 0,
            "with student or kept_epochs: kept or predicted gradients choose so many times the batch, and "
            "gradients that are computed then choose the batch from these; 0 = no second stage")
            .between(0, 1000),
    };
}

std::size_t epochs_with(const BatchSelection& selection, const Json& settings) {
    if (settings.contains("effective_epochs") && !settings.at("effective_epochs").is_null()) {
        return epochs_for(selection, settings.at("effective_epochs").get<double>());
    }
    return settings.at("epochs").get<std::size_t>();
}

std::vector<ConfigProblem> loss_problems(const BatchSelection& selection, const std::string& pointer) {
    std::vector<ConfigProblem> problems;
    if (selection.losses == LossSource::stored && !strategy_traits(selection.strategy).needs_scores) {
        problems.push_back({pointer + "/losses", "are stored with strategy " + selection.strategy +
                                                     " (it does not go by losses) leave it out"});
    }
    if (selection.losses == LossSource::fresh && selection.refresh_epochs > 0) {
        problems.push_back({pointer + "/refresh_epochs",
                            "is given with fresh losses (only stored ones grow old) remove it, or use "
                            "\"losses\": \"stored\""});
    }
    return problems;
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
    std::vector<ConfigKey> keys{
        section("selection", "how training batches are drawn"),
        text("selection.strategy", "uniform",
             "uniform: at random; divbs: so that a batch represents its superbatch; the others: 'fibonaqi "
             "select --help'. Features are gradients of the loss, scores are losses; rho_loss needs "
             "\"reference_model\"")
            .one_of(training_strategies()),
        object(
            "selection.options", Json::object(),
            "of the strategy, for example {\"pick\": \"argmax\"} of divbs; \"epochs\" of loss and infobatch "
            "are those of the training"),
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
        text("selection.losses", "fresh",
             "of strategies that go by losses. fresh: of every frame of the superbatch, which costs about a "
             "third of a step each; stored: of when the frame was last trained on, which costs nothing")
            .one_of({"fresh", "stored"}),
        integer("selection.refresh_epochs", 0,
                "stored losses are computed anew before every so many-th epoch; 0 = never")
            .between(0, most_epochs),
    };
    for (const std::vector<ConfigKey>& more : {row_keys("selection"), cheaper_row_keys()}) {
        keys.insert(keys.end(), more.begin(), more.end());
    }
    return keys;
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
    const std::string place = pointer + "/selection";
    for (const auto& more : {strategy_problems(section, place), loss_problems(selection, place),
                             row_problems(section, place), cheaper_row_problems(selection, place)}) {
        problems.insert(problems.end(), more.begin(), more.end());
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
    selection.options = section.value("options", Json::object());
    if (section.contains("schedule")) {  // not in campaigns that began before there were schedules
        selection.schedule = ratio_schedule(section.at("schedule").get<std::string>());
        selection.end_ratio = section.at("end_ratio").get<double>();
        selection.warmup_epochs = section.at("warmup_epochs").get<std::size_t>();
        selection.final_epochs = section.at("final_epochs").get<std::size_t>();
    }
    if (section.contains("losses")) {
        selection.losses = section.at("losses") == "stored" ? LossSource::stored : LossSource::fresh;
        selection.refresh_epochs = section.at("refresh_epochs").get<std::size_t>();
        selection.rows = {section.at("last_layer").get<std::string>(),
                          section.at("normalise_rows").get<bool>(), section.at("clip_norm").get<double>(),
                          section.at("kept_epochs").get<std::size_t>()};
        selection.rows.student = section.value("student", 0.0);  // not there in older campaigns
        selection.rows.shortlist = section.value("shortlist", std::size_t{0});
    }
    if (strategy_traits(selection.strategy).has_epochs && !selection.options.contains("epochs")) {
        selection.options["epochs"] = epochs_with(selection, settings);
    }
    return selection;
}

TrainBudget train_budget_from_json(const Json& settings) {
    return {settings.value("max_frames", std::size_t{0}), settings.value("max_minutes", 0.0)};
}

std::size_t epochs_from_json(const Json& settings) {
    return epochs_with(batch_selection_from_json(settings), settings);
}

}  // namespace fibonaqi::nn
