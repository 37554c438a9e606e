#include "fibonaqi/nn/train_options.hpp"

#include <utility>

#include "fibonaqi/base/contract.hpp"
#include "fibonaqi/base/error.hpp"
#include "fibonaqi/base/suggest.hpp"
#include "fibonaqi/select/strategy_options.hpp"

namespace fibonaqi::nn {
namespace {

using Rows = std::vector<ConfigKey>;

Rows step_keys() {
    using namespace config;
    return {
        integer("epochs", 40, "passes over the training set at most").between(1, 1000000),
        integer("batch", 5, "frames per training step").between(1, 100000),
        integer("chunk_atoms", 128,
                "atoms evaluated at once; a larger batch is evaluated in pieces. Bounds the memory, changes "
                "nothing but rounding. About 10 MB an atom with MACE-MP-0 small")
            .between(1, 10000000),
        number("learning_rate", 3e-3, "of Adam, at the start").above(0).between(0, 1),
        flag("amsgrad", true, "Adam divides by the largest mean of squared gradients so far, not the latest"),
        text("schedule", "cosine",
             "of the learning rate: cosine falls to the end of the epochs, plateau is cut whenever the "
             "validation loss has stopped falling, exponential falls by a factor after every epoch")
            .one_of({"cosine", "plateau", "exponential", "constant"}),
        integer("warmup_steps", 20,
                "the learning rate rises over these first steps, which would else be as long as the longest "
                "while "
                "nothing is known about the gradients")
            .between(0, 1000000),
        number("lowest_rate_fraction", 0.0, "cosine ends at, plateau stays above, this part of learning_rate")
            .between(0, 1),
        integer("plateau_epochs", 10, "of plateau: epochs without a better validation loss before a cut")
            .between(0, 1000000),
        number("plateau_factor", 0.5, "of plateau: the cut").above(0).between(0, 1),
        number("lr_decay", 0.95, "of exponential: the factor after every epoch").above(0).between(0, 1),
        number("weight_decay", 0.0,
               "added to the gradient: this times the weight. With MACE only for products and linear layers "
               "behind messages, as MACE itself does; with other models for all but biases")
            .at_least(0),
        number("clip_norm", 10.0,
               "longest gradient (2-norm over all weights); a longer one is scaled down; 0 = off")
            .at_least(0),
        number("average_decay", 0.99,
               "of the moving average of the weights, which is what is validated and stored; shorter in the "
               "first steps; 0 = off")
            .at_least(0)
            .between(0, 0.999999),
        integer("early_stop_epochs", 0,
                "stop after so many epochs without a better validation loss; 0 = never")
            .between(0, 1000000),
    };
}

Rows loss_keys() {
    using namespace config;
    return {
        text("loss", "weighted",
             "what an error counts. weighted: its square; huber: half its square up to huber_delta, linear "
             "beyond, so that outliers pull less; universal: huber with a smaller delta for atoms with "
             "forces of 100 eV/angstrom and more")
            .one_of({"weighted", "huber", "universal"}),
        number("huber_delta", 0.01,
               "of huber and universal: where an error begins to count linearly [eV per atom, eV/angstrom, "
               "eV/angstrom^3]")
            .above(0),
        number("energy_weight", 1, "of ((E - E*) / N)^2 in the loss [eV]").at_least(0),
        number("force_weight", 100, "of the mean of (F - F*)^2 in the loss [eV/angstrom]").at_least(0),
        number("stress_weight", 0, "of the mean of (stress - stress*)^2 in the loss [eV/angstrom^3]")
            .at_least(0),
        text("force_normalisation", "batch_atoms",
             "force errors are averaged over all atoms of a batch, or in each structure first")
            .one_of({"batch_atoms", "per_structure"}),
        text(
            "e0", "once",
            "when the reference energies of the elements are fitted to the training labels; once: unless the "
            "model's card says that it was done for all of these elements")
            .one_of({"once", "always", "never"}),
    };
}

Rows stage_two_keys() {
    using namespace config;
    return {
        optional_section("stage_two",
                         "a last part of the training with other weights and one learning rate, for better "
                         "energies; left out: there is none"),
        integer("stage_two.start_epoch", nullptr,
                "its first epoch, from 1; earlier where early_stop_epochs ends the part before")
            .between(1, 1000000)
            .required(),
        number("stage_two.learning_rate", 1e-3, "in all of its steps").above(0).between(0, 1),
        number("stage_two.energy_weight", 1000, "as energy_weight").at_least(0),
        number("stage_two.force_weight", nullptr, "as force_weight; left out: the same as before")
            .at_least(0),
        number("stage_two.stress_weight", nullptr, "as stress_weight; left out: the same as before")
            .at_least(0),
    };
}

Rows file_keys() {
    using namespace config;
    return {
        text("model", nullptr, "what to start from: a model file, or the name of an installed model")
            .required(),
        text("train", nullptr, "labelled frames to train on, extended XYZ").required(),
        text("validation", nullptr,
             "labelled frames that judge the model after every epoch; left out: a share of \"train\""),
        number("validation_share", 0.2,
               "share of \"train\" that is not trained on but validates, where there is no file for it; 0 = "
               "none")
            .between(0, 0.9),
        text("replay", nullptr,
             "frames that the initial model is good at, extended XYZ; some are in every batch, so that it "
             "stays so; see \"settings.replay\""),
        text("forgetting", nullptr,
             "frames that tell whether it stayed so, extended XYZ, judged before and after; left out: a "
             "fifth of \"replay\", which is then not replayed; see \"settings.forgetting\""),
        text("initial_model", nullptr,
             "whose labels both get: a model file, or the name of an installed model; left out: \"model\""),
        text("reference_model", nullptr,
             "of selection strategy rho_loss: a model that was trained on other frames of the same labels; a "
             "model file, or the name of an installed model"),
        text("output", nullptr, "the trained model to write (.safetensors)").required(),
        text("keep", "best",
             "the weights that are written: best = of the epoch with the lowest validation loss, last = of "
             "the "
             "last epoch; without validation frames the last are kept")
            .one_of({"best", "last"}),
        number(
            "checkpoint_minutes", 10,
            "a checkpoint, OUTPUT.checkpoint, is written when this time is over: a training that was killed "
            "goes on from there, with the same result, when it is started again; 0 = never [minutes]")
            .at_least(0),
        integer("checkpoint_epochs", 0, "and after so many epochs; 0 = only by time").between(0, 1000000),
        integer("seed", 0, "key of all random choices").at_least(0),
        integer("threads", 1, "of the training; another number rounds differently").between(1, 1024),
        text("dtype", "float32", "of the computation").one_of({"float32", "float64"}),
        text("store_dtype", nullptr, "of the weights in the output; left out: as in the model")
            .one_of({"float32", "float64"}),
    };
}

ScheduleKind schedule_kind(const std::string& name) {
    if (name == "constant") {
        return ScheduleKind::constant;
    }
    if (name == "exponential") {
        return ScheduleKind::exponential;
    }
    return name == "cosine" ? ScheduleKind::cosine : ScheduleKind::plateau;
}

E0Policy e0_policy(const std::string& name) {
    if (name == "always") {
        return E0Policy::always;
    }
    return name == "never" ? E0Policy::never : E0Policy::once;
}

ScheduleOptions schedule_options(const Json& values) {
    return {schedule_kind(values.at("schedule").get<std::string>()),
            values.at("learning_rate").get<double>(),
            values.at("warmup_steps").get<std::size_t>(),
            values.at("lowest_rate_fraction").get<double>(),
            values.at("plateau_epochs").get<std::size_t>(),
            values.at("plateau_factor").get<double>(),
            values.at("lr_decay").get<double>()};
}

// The weights of a section; those it does not give are those of `before`.
LossWeights loss_weights(const Json& section, const LossWeights& before) {
    const auto weight = [&](const char* key, double fallback) {
        return section.at(key).is_null() ? fallback : section.at(key).get<double>();
    };
    return {weight("energy_weight", before.energy), weight("force_weight", before.force),
            weight("stress_weight", before.stress)};
}

std::optional<StageTwo> stage_two_from(const Json& section, const LossWeights& before) {
    if (section.is_null()) {
        return std::nullopt;
    }
    return StageTwo{section.at("start_epoch").get<std::size_t>(), section.at("learning_rate").get<double>(),
                    loss_weights(section, before)};
}

bool are_all_zero(const LossWeights& weights) {
    return weights.energy == 0.0 && weights.force == 0.0 && weights.stress == 0.0;
}

LossOptions loss_with(const TrainOptions& options, const LossWeights& weights) {
    return {weights, options.normalisation, 0.0, options.loss, options.huber_delta};
}

std::vector<ConfigProblem> stage_two_problems(const Json& values, const std::string& pointer) {
    std::vector<ConfigProblem> problems;
    const auto stage = stage_two_from(values.at("stage_two"), loss_weights(values, {}));
    const std::size_t epochs = epochs_from_json(values);
    if (stage && stage->start_epoch > epochs) {
        problems.push_back({pointer + "/stage_two/start_epoch",
                            "is " + std::to_string(stage->start_epoch) + " with " + std::to_string(epochs) +
                                " epochs (it would never begin) give an earlier one, or more epochs"});
    }
    if (stage && are_all_zero(stage->weights)) {
        problems.push_back({pointer + "/stage_two/energy_weight",
                            "is 0 as are the other weights (there would be nothing to learn) give at least "
                            "one"});
    }
    return problems;
}

std::vector<ConfigProblem> reference_model_problems(const Json& file) {
    const std::string strategy = file.at("settings").at("selection").at("strategy").get<std::string>();
    const bool is_needed = strategy_traits(strategy).needs_reference_scores;
    if (is_needed == !file.at("reference_model").is_null()) {
        return {};
    }
    return {{is_needed ? "" : "/reference_model",
             is_needed
                 ? "'reference_model' is missing (strategy " + strategy +
                       " goes by losses beside those of a model that was trained on other frames) give one"
                 : "is given with strategy " + strategy + " (only rho_loss looks at it) leave it out"}};
}

}  // namespace

std::vector<ConfigKey> train_setting_keys(const std::string& section) {
    Rows rows;
    if (!section.empty()) {
        rows.push_back(config::section(section, "settings of the training"));
    }
    for (const Rows& part : {step_keys(), budget_keys(), loss_keys(), stage_two_keys(), selection_keys(),
                             trainable_keys(), pretrained_keys()}) {
        for (ConfigKey key : part) {
            key.path = section.empty() ? key.path : section + "." + key.path;
            rows.push_back(std::move(key));
        }
    }
    return rows;
}

std::vector<ConfigProblem> train_setting_problems(const Json& values, const std::string& pointer) {
    std::vector<ConfigProblem> problems;
    if (are_all_zero(loss_weights(values, {}))) {
        problems.push_back(
            {pointer + "/energy_weight",
             "is 0 as are the other weights (there would be nothing to learn) give at least one"});
    }
    for (const auto& more : {stage_two_problems(values, pointer), selection_problems(values, pointer)}) {
        problems.insert(problems.end(), more.begin(), more.end());
    }
    return problems;
}

Json checked_train_settings(const Json& given, const std::string& source) {
    static const ConfigSchema schema("Settings of a training", train_setting_keys(""));
    CheckedConfig checked = schema.check(given);
    if (checked.problems.empty()) {
        checked.problems = train_setting_problems(checked.values, "");
    }
    if (!checked.problems.empty()) {
        throw ConfigError(describe(checked.problems, "", source));
    }
    return checked.values;
}

TrainOptions train_options_from_json(const Json& values) {
    TrainOptions options;
    options.epochs = epochs_from_json(values);
    options.batch = values.at("batch").get<std::size_t>();
    options.chunk_atoms = values.at("chunk_atoms").get<std::size_t>();
    options.schedule = schedule_options(values);
    options.weights = loss_weights(values, {});
    options.loss = loss_kind_from(values.at("loss").get<std::string>());
    options.huber_delta = values.at("huber_delta").get<double>();
    options.stage_two = stage_two_from(values.at("stage_two"), options.weights);
    options.amsgrad = values.at("amsgrad").get<bool>();
    options.normalisation = values.at("force_normalisation") == "per_structure"
                                ? ForceNormalisation::per_structure
                                : ForceNormalisation::batch_atoms;
    options.weight_decay = values.at("weight_decay").get<double>();
    options.clip_norm = values.at("clip_norm").get<double>();
    options.average_decay = values.at("average_decay").get<double>();
    options.early_stop_epochs = values.at("early_stop_epochs").get<std::size_t>();
    options.e0 = e0_policy(values.at("e0").get<std::string>());
    options.selection = batch_selection_from_json(values);
    options.budget = train_budget_from_json(values);
    options.trainable = trainable_options_from_json(values);
    options.replay = replay_options_from_json(values);
    options.forgetting = forgetting_options_from_json(values);
    return options;
}

LossOptions loss_before_stage_two(const TrainOptions& options) {
    return loss_with(options, options.weights);
}

LossOptions loss_of_stage_two(const TrainOptions& options) {
    return loss_with(options, options.stage_two ? options.stage_two->weights : options.weights);
}

LossKind loss_kind_from(const std::string& name) {
    if (name == "weighted") {
        return LossKind::weighted;
    }
    if (name == "huber" || name == "universal") {
        return name == "huber" ? LossKind::huber : LossKind::universal;
    }
    throw ConfigError("loss '" + name + "' is unknown (weighted, huber or universal)" +
                      suggestion(name, {"weighted", "huber", "universal"}));
}

KeptWeights kept_weights_from(const std::string& name) {
    if (name != "best" && name != "last") {
        throw ConfigError("keep: '" + name + "' is unknown (best or last)" +
                          suggestion(name, {"best", "last"}));
    }
    return name == "best" ? KeptWeights::best : KeptWeights::last;
}

const ConfigSchema& train_file_schema() {
    static const ConfigSchema schema = [] {
        Rows rows = file_keys();
        const Rows settings = train_setting_keys("settings");
        rows.insert(rows.end(), settings.begin(), settings.end());
        return ConfigSchema(
            "Training of a model: fibonaqi train THIS_FILE. Comments are allowed. Paths are relative to this "
            "file; "
            "keys that are left out have their default.",
            std::move(rows));
    }();
    return schema;
}

Json checked_train_file(std::string_view text, const std::string& name) {
    CheckedConfig checked = train_file_schema().check(parse_json(text, name));
    if (checked.problems.empty()) {
        checked.problems = train_setting_problems(checked.values.at("settings"), "/settings");
        const auto more = reference_model_problems(checked.values);
        checked.problems.insert(checked.problems.end(), more.begin(), more.end());
    }
    if (!checked.problems.empty()) {
        throw ConfigError(describe(checked.problems, text, name));
    }
    return checked.values;
}

}  // namespace fibonaqi::nn
