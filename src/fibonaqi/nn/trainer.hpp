// Training and fine-tuning of a network on labelled frames.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "fibonaqi/atoms/frame.hpp"
#include "fibonaqi/nn/batch_draw.hpp"
#include "fibonaqi/nn/e0_fit.hpp"
#include "fibonaqi/nn/network.hpp"
#include "fibonaqi/nn/replay.hpp"
#include "fibonaqi/nn/train_options.hpp"
#include "fibonaqi/nn/validation.hpp"

namespace fibonaqi::nn {

/// What happened in one epoch.
struct EpochRecord {
    std::size_t epoch = 0;          ///< from 1
    double effective_epochs = 0.0;  ///< samples trained on so far / size of the training set
    double seconds = 0.0;           ///< since the start of the training, selection included
    double learning_rate = 0.0;     ///< of the epoch's last step
    double train_loss = 0.0;  ///< mean over the steps, of the *selected* batches: the strategies differ in it
    std::optional<Validation> validation;  ///< of the averaged weights; empty without a validation set
    int stage = 1;                         ///< 2 in stage two; losses are those of the stage
    double ratio = 1.0;                    ///< r of the epoch
    SelectionRecord selection;             ///< of training batches
};

enum class TrainStop { epochs_done, early_stop, budget_spent };

/// How a training run went.
struct TrainSummary {
    std::vector<EpochRecord> curve;
    std::size_t best_epoch = 0;       ///< lowest validation loss; 0 = no epoch was better than the start
    std::size_t kept_epoch = 0;       ///< whose weights the network holds in the end
    std::size_t stage_two_epoch = 0;  ///< first epoch of stage two; 0 = there was none
    TrainStop stop = TrainStop::epochs_done;
    std::size_t steps = 0;
    std::string trained;                          ///< what was moved, in words
    std::size_t replay_per_batch = 0;             ///< replay frames in every batch
    std::optional<E0Fit> e0;                      ///< empty when the policy asked for no fit
    std::optional<Validation> validation_before;  ///< after the E0 fit, before the first step
    std::optional<Validation> validation_after;   ///< of the weights that the network holds in the end
    double seconds = 0.0;
    double selection_seconds = 0.0;          ///< features and choice of training batches
    std::vector<std::size_t> times_trained;  ///< per training frame
};

/// What a network is trained on, judged by, and kept to. Must outlive the training.
struct TrainFrames {
    std::span<const Frame> training;
    std::span<const Frame> validation = {};  ///< empty: nothing judges
    ReplayFrames replay = {};                ///< empty: none; options.replay.share of every batch
    /// One per training frame, of a model that was trained on others; only rho_loss looks at them.
    std::vector<double> reference_losses = {};
};

/// Called after every epoch; for progress lines.
using EpochCallback = std::function<void(const EpochRecord&)>;

/// Trains `network` in place: E0 first, then Adam with gradient clipping, averaged weights, a learning-rate
/// schedule and early stop on the validation loss, which with a stage two begins that instead. The best epoch
/// before stage two is judged again by the loss of stage two, and what comes has to beat it. Afterwards the
/// network holds the averaged weights of the last epoch, or (options.keep) of the best one; with best_epoch 0
/// those it came with (and the fitted E0). Without validation frames the last epoch is the best. Same seed,
/// inputs and number of threads: same weights, bit for bit, also when options.checkpoint lets it go on after
/// a kill. Replay frames take part in every step, with energies that follow E0; epochs, batches and records
/// count the training frames alone. Throws ConfigError without training frames, and what make_labelled_set,
/// Parametrisation and TrainStep::run throw.
TrainSummary train(Network& network, const TrainFrames& frames, const TrainOptions& options,
                   const EpochCallback& on_epoch);

/// The same without replay.
TrainSummary train(Network& network, std::span<const Frame> training, std::span<const Frame> validation,
                   const TrainOptions& options, const EpochCallback& on_epoch);

}  // namespace fibonaqi::nn
