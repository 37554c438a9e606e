// Settings of how training batches are drawn, how much of the data that trains on, and for how long. Without
// LibTorch.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "fibonaqi/base/config_schema.hpp"
#include "fibonaqi/base/json.hpp"
#include "fibonaqi/base/superbatch_size.hpp"

namespace fibonaqi::nn {

/// How r goes from `ratio` to `end_ratio` between the epochs of warm-up and the final ones.
enum class RatioSchedule { constant, linear, exponential };

/// Where the losses come from that some strategies go by: computed for every frame of a superbatch, or those
/// of when each frame was last trained on.
enum class LossSource { fresh, stored };

/// How the rows are made that strategies compare. Rows that are kept for several epochs, or predicted by a
/// student, cost less, and belong to weights of different age.
struct RowMaking {
    std::string last_layer = "final";  ///< whose weights: a name of readout_set_from()
    bool is_normalised = false;        ///< rows of length 1
    double clip_quantile = 0.0;   ///< longer rows than this quantile of the superbatch are shortened; 0: none
    std::size_t kept_epochs = 1;  ///< 1: computed for every choice
    double student = 0.0;  ///< fresh gradients per frame of a batch, beside predicted ones; 0: no student
    /// Kept or predicted rows choose so many times the batch, which fresh gradients choose from; 0: they
    /// choose the batch
    std::size_t shortlist = 0;
};

/// Training batches come from the same selectors as the frames for DFT. A ratio of 1 takes every sample of
/// every epoch; with r < 1 a selector takes the batch out of a superbatch of batch / r, so an epoch trains on
/// a share r of the data.
struct BatchSelection {
    std::string strategy = "uniform";
    double ratio = 1.0;
    Json options = Json::object();  ///< of the selector
    RatioSchedule schedule = RatioSchedule::constant;
    double end_ratio = 1.0;         ///< of linear and exponential: r in the last epoch before the final ones
    std::size_t warmup_epochs = 0;  ///< first epochs with r = 1
    std::size_t final_epochs = 0;   ///< last epochs with r = 1
    RowMaking rows;
    LossSource losses = LossSource::fresh;
    std::size_t refresh_epochs =
        0;  ///< stored losses are computed anew before every so many-th epoch; 0: never
};

/// A training ends with the step that spends one of these; 0: not limited so.
struct TrainBudget {
    std::size_t frames = 0;  ///< trained on, each time counted, replay left out
    double minutes = 0.0;    ///< wall time, selection and validation included
};

/// r of an epoch (from 1) of so many.
double ratio_of_epoch(const BatchSelection& selection, std::size_t epoch, std::size_t epochs);

/// beta and omega of that epoch. Where r changes, omega = beta / r is rounded; a constant r that gives no
/// whole number throws ConfigError, as superbatch_size does.
SuperbatchSize superbatch_of_epoch(const BatchSelection& selection, std::size_t batch, std::size_t epoch,
                                   std::size_t epochs);

/// The least number of epochs (passes of superbatches over the data) whose shares r add up to
/// `effective_epochs`: one effective epoch has trained on as many samples as there are.
std::size_t epochs_for(const BatchSelection& selection, double effective_epochs);

/// Rows of the section "selection".
std::vector<ConfigKey> selection_keys();
/// Rows "effective_epochs", "max_frames", "max_minutes".
std::vector<ConfigKey> budget_keys();

/// What the table cannot say: batch / ratio is no whole number, options that the strategy does not have, more
/// epochs of warm-up and end than there are. `values` are all training settings, `pointer` their place.
std::vector<ConfigProblem> selection_problems(const Json& values, const std::string& pointer);

/// From training settings with all defaults.
BatchSelection batch_selection_from_json(const Json& settings);
TrainBudget train_budget_from_json(const Json& settings);
/// "epochs", or those that "effective_epochs" needs where it is given.
std::size_t epochs_from_json(const Json& settings);

}  // namespace fibonaqi::nn
