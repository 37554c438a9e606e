#include "fibonaqi/nn/trainer.hpp"

#include <algorithm>
#include <chrono>
#include <limits>

#include "fibonaqi/base/error.hpp"
#include "fibonaqi/nn/batch_draw.hpp"
#include "fibonaqi/nn/reference_energies.hpp"
#include "fibonaqi/nn/train_step.hpp"

namespace fibonaqi::nn {
namespace {

std::vector<at::Tensor> copies(const std::vector<at::Tensor>& tensors) {
    std::vector<at::Tensor> result;
    for (const at::Tensor& tensor : tensors) {
        result.push_back(tensor.detach().clone());
    }
    return result;
}

// The best weights so far, and for how long nothing was better.
class BestWeights {
  public:
    BestWeights(const Network& network, double loss)
        : weights_(copies(parameters_of(network))), loss_(loss) {}

    void offer(std::size_t epoch, double loss, const AveragedWeights& averages) {
        if (loss < loss_) {
            loss_ = loss;
            epoch_ = epoch;
            weights_ = averages.snapshot();
        }
    }
    /// The loss of the best weights, when it has come to mean something else.
    void judge_again(double loss) { loss_ = loss; }
    std::size_t epoch() const { return epoch_; }
    void give_to(const Network& network) const { assign(parameters_of(network), weights_); }

  private:
    std::vector<at::Tensor> weights_;
    double loss_;
    std::size_t epoch_ = 0;
};

// What either stage needs labels for.
LossWeights weights_of_all_stages(const TrainOptions& options) {
    const LossWeights first = options.weights;
    const LossWeights second = options.stage_two ? options.stage_two->weights : first;
    return {std::max(first.energy, second.energy), std::max(first.force, second.force),
            std::max(first.stress, second.stress)};
}

// One training run.
class Run {
  public:
    Run(Network& network, std::span<const Frame> training, std::span<const Frame> validation,
        const TrainOptions& options)
        : network_(network),
          options_(options),
          start_(std::chrono::steady_clock::now()),
          training_(make_labelled_set(training, network.card(), weights_of_all_stages(options), "training")),
          validation_(
              make_labelled_set(validation, network.card(), weights_of_all_stages(options), "validation")),
          draw_(options, training.size()),
          rate_(options.schedule, options.epochs),
          loss_(loss_before_stage_two(options)) {
        if (training.empty()) {
            throw ConfigError(
                "there are no training frames (the file is empty, or all frames validate) give some");
        }
    }

    TrainSummary finish(const EpochCallback& on_epoch) {
        summary_.e0 = apply_e0_policy(network_, training_, options_.e0);
        summary_.validation_before = validation();
        BestWeights best(network_, summary_.validation_before ? summary_.validation_before->loss
                                                              : std::numeric_limits<double>::infinity());
        TrainStep step(network_, training_, options_);
        for (std::size_t epoch = 1; epoch <= options_.epochs; ++epoch) {
            const bool is_spent = has_lost_patience(epoch, best.epoch());
            if (must_begin_stage_two(epoch, is_spent)) {
                begin_stage_two(epoch, step, best);
            } else if (is_spent) {
                summary_.stop = TrainStop::early_stop;
                break;
            }
            train_epoch(epoch, step);
            summary_.curve.push_back(judge(epoch, step, best));
            if (on_epoch) {
                on_epoch(summary_.curve.back());
            }
        }
        conclude(best, step.averages());
        return summary_;
    }

  private:
    bool has_validation() const { return validation_.size() > 0; }

    std::optional<Validation> validation() const {
        if (!has_validation()) {
            return std::nullopt;
        }
        return validate(network_, validation_, loss_);
    }

    bool has_lost_patience(std::size_t next_epoch, std::size_t best_epoch) const {
        const std::size_t patience = options_.early_stop_epochs;
        const std::size_t since = std::max(best_epoch + 1, summary_.stage_two_epoch);
        return has_validation() && patience > 0 && next_epoch >= since + patience;
    }

    bool must_begin_stage_two(std::size_t epoch, bool is_spent) const {
        return options_.stage_two && summary_.stage_two_epoch == 0 &&
               (is_spent || epoch >= options_.stage_two->start_epoch);
    }

    void begin_stage_two(std::size_t epoch, TrainStep& step, BestWeights& best) {
        summary_.stage_two_epoch = epoch;
        loss_ = loss_of_stage_two(options_);
        rate_.hold(options_.stage_two->learning_rate);
        step.minimise(loss_);
        draw_.follow(loss_);
        if (has_validation()) {
            const std::vector<at::Tensor> present = copies(parameters_of(network_));
            best.give_to(network_);
            best.judge_again(validation()->loss);
            assign(parameters_of(network_), present);
        }
    }

    void train_epoch(std::size_t epoch, TrainStep& step) {
        const auto superbatches = draw_.superbatches(epoch);
        loss_sum_ = 0.0;
        steps_of_epoch_ = 0;
        for (std::size_t i = 0; i < superbatches.size(); ++i) {
            const double part = static_cast<double>(i) / static_cast<double>(superbatches.size());
            learning_rate_ = rate_.at(static_cast<double>(epoch - 1) + part, summary_.steps);
            try {
                train_batch(epoch, superbatches[i], step);
            } catch (const Error&) {
                rethrow_with_context("epoch " + std::to_string(epoch) + ", step " + std::to_string(i + 1));
            }
        }
    }

    void train_batch(std::size_t epoch, const std::vector<std::uint64_t>& superbatch, TrainStep& step) {
        const std::vector<std::uint64_t> batch = draw_.choose(network_, training_, superbatch, epoch);
        if (batch.empty()) {
            return;
        }
        loss_sum_ += step.run(batch, learning_rate_);
        ++steps_of_epoch_;
        ++summary_.steps;
        samples_ += batch.size();
    }

    EpochRecord judge(std::size_t epoch, TrainStep& step, BestWeights& best) {
        EpochRecord record;
        record.epoch = epoch;
        record.effective_epochs = static_cast<double>(samples_) / static_cast<double>(training_.size());
        record.learning_rate = learning_rate_;
        record.stage = summary_.stage_two_epoch == 0 ? 1 : 2;
        record.train_loss = loss_sum_ / std::max(1.0, static_cast<double>(steps_of_epoch_));
        {
            const AveragedWeights::Applied averaged(step.averages());
            record.validation = validation();
        }
        // Without a validation set every epoch is taken, so the last one stays.
        const double loss = record.validation ? record.validation->loss : -static_cast<double>(epoch);
        best.offer(epoch, loss, step.averages());
        rate_.report(record.validation ? loss : record.train_loss);
        record.seconds = seconds();
        return record;
    }

    void conclude(const BestWeights& best, const AveragedWeights& last) {
        summary_.best_epoch = best.epoch();
        if (options_.keep == KeptWeights::last) {
            assign(parameters_of(network_), last.snapshot());
            summary_.kept_epoch = summary_.curve.size();
        } else {
            best.give_to(network_);
            summary_.kept_epoch = best.epoch();
        }
        summary_.validation_after = summary_.kept_epoch > 0
                                        ? summary_.curve[summary_.kept_epoch - 1].validation
                                        : summary_.validation_before;
        summary_.times_trained = draw_.times_chosen();
        summary_.selection_seconds = draw_.seconds();
        summary_.seconds = seconds();
    }

    double seconds() const {
        return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
    }

    Network& network_;
    const TrainOptions& options_;
    std::chrono::steady_clock::time_point start_;
    LabelledSet training_, validation_;
    BatchDraw draw_;
    LearningRate rate_;
    LossOptions loss_;  // of the present stage
    TrainSummary summary_;
    double learning_rate_ = 0.0;
    double loss_sum_ = 0.0;           // of the present epoch
    std::size_t steps_of_epoch_ = 0;  // likewise
    std::size_t samples_ = 0;
};

}  // namespace

TrainSummary train(Network& network, std::span<const Frame> training, std::span<const Frame> validation,
                   const TrainOptions& options, const EpochCallback& on_epoch) {
    return Run(network, training, validation, options).finish(on_epoch);
}

}  // namespace fibonaqi::nn
