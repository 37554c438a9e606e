// Settings of a training run, without LibTorch: the engine checks them before anything is computed.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "fibonaqi/base/config_schema.hpp"
#include "fibonaqi/base/json.hpp"
#include "fibonaqi/nn/batch_options.hpp"
#include "fibonaqi/nn/learning_rate.hpp"
#include "fibonaqi/nn/loss_options.hpp"
#include "fibonaqi/nn/pretrained_options.hpp"
#include "fibonaqi/nn/trainable_options.hpp"

namespace fibonaqi::nn {

/// When the reference energies are fitted to the training labels: `once` for a model whose card does not say
/// that it was done for these elements, `always`, or `never`.
enum class E0Policy { once, always, never };

/// Which weights a training leaves: those of the epoch with the lowest validation loss, or the last ones.
/// With few validation frames the lowest loss is often luck, and the error on other frames larger than it
/// seems.
enum class KeptWeights { best, last };

/// Second part of a training, mostly to get energies right: other weights of the loss, and one learning rate
/// until the end. MACE calls it stage two, or swa.
struct StageTwo {
    std::size_t start_epoch = 1;  ///< the first epoch of it, from 1
    double learning_rate = 0.0;
    LossWeights weights;
};

/// A file from which a training goes on that was killed (checkpoint.hpp). It is written when either interval
/// is over, between two steps.
struct CheckpointOptions {
    std::filesystem::path file;    ///< empty: none is written or read
    double every_minutes = 0.0;    ///< 0: never for that reason
    std::size_t every_epochs = 0;  ///< likewise
    Json run = Json::object();     ///< what makes this training: model, data, settings, seed
    bool restart_other = false;    ///< start anew where the file is of another training, instead of an error
};

/// Units: eV and angstrom; defaults stand in train_options.cpp, in one table with ranges and help.
struct TrainOptions {
    std::size_t epochs = 0;       ///< passes over the training set (superbatches cover it once)
    std::size_t batch = 0;        ///< frames per step
    std::size_t chunk_atoms = 0;  ///< atoms evaluated at once: bounds memory, changes nothing but rounding
    ScheduleOptions schedule;
    LossWeights weights;
    ForceNormalisation normalisation = ForceNormalisation::batch_atoms;
    LossKind loss = LossKind::weighted;
    double huber_delta = 0.01;          ///< see LossOptions
    std::optional<StageTwo> stage_two;  ///< empty: there is none
    bool amsgrad = true;
    double weight_decay = 0.0;          ///< of the weights that weight_decay.hpp names
    double clip_norm = 0.0;             ///< of the whole gradient; 0 = off
    double average_decay = 0.0;         ///< of the averaged weights (EMA); 0 = off
    std::size_t early_stop_epochs = 0;  ///< epochs without a better validation loss; 0 = off
    E0Policy e0 = E0Policy::once;
    BatchSelection selection;
    TrainBudget budget;
    TrainableOptions trainable;
    ReplayOptions replay;
    ForgettingOptions forgetting;
    std::uint64_t seed = 0;  ///< not a setting, as is `keep`: each run has its own
    KeptWeights keep = KeptWeights::best;
    CheckpointOptions checkpoint;  ///< likewise
};

/// The table, as rows of the section `section` (its row comes first; "" = the top level, then there is none):
/// for whoever has training settings as a part of a larger file.
std::vector<ConfigKey> train_setting_keys(const std::string& section);

/// What the table cannot say about values that came out of its check: not all weights are 0, stage two
/// begins within the epochs, and what selection_problems finds. `pointer` is the place of the settings, "" or
/// "/train".
std::vector<ConfigProblem> train_setting_problems(const Json& values, const std::string& pointer);

/// Both checks of settings that stand alone (the "settings" of a worker's task), and the values with all
/// defaults. Throws ConfigError with one line per problem, each starting with `source`.
Json checked_train_settings(const Json& given, const std::string& source);

/// From values with all defaults.
TrainOptions train_options_from_json(const Json& values);

/// What is minimised, before stage two and in it.
LossOptions loss_before_stage_two(const TrainOptions& options);
LossOptions loss_of_stage_two(const TrainOptions& options);

/// "weighted", "huber" or "universal"; throws ConfigError for another name.
LossKind loss_kind_from(const std::string& name);

/// "best" or "last"; throws ConfigError for another name.
KeptWeights kept_weights_from(const std::string& name);

/// A file for `fibonaqi train`: the same settings as section "settings", and what to train on what.
const ConfigSchema& train_file_schema();

/// Checks such a file; `text` is its content, for line numbers. Returns it with all defaults, or throws
/// ConfigError with one line per problem.
Json checked_train_file(std::string_view text, const std::string& name);

}  // namespace fibonaqi::nn
