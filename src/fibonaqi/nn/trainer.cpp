#include "fibonaqi/nn/trainer.hpp"

#include <algorithm>
#include <chrono>
#include <limits>

#include "fibonaqi/base/error.hpp"
#include "fibonaqi/base/log.hpp"
#include "fibonaqi/nn/best_weights.hpp"
#include "fibonaqi/nn/checkpoint.hpp"
#include "fibonaqi/nn/reference_energies.hpp"
#include "fibonaqi/nn/train_step.hpp"

namespace fibonaqi::nn {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
    return std::chrono::duration<double>(Clock::now() - start).count();
}

// What either stage needs labels for.
LossWeights weights_of_all_stages(const TrainOptions& options) {
    const LossWeights first = options.weights;
    const LossWeights second = options.stage_two ? options.stage_two->weights : first;
    return {std::max(first.energy, second.energy), std::max(first.force, second.force),
            std::max(first.stress, second.stress)};
}

// Where a training stands: what a checkpoint says in numbers, besides the summary.
struct Position {
    std::size_t epoch = 1;        // the present one
    std::size_t superbatch = 0;   // the next one of it
    double loss_sum = 0.0;        // of this epoch's steps
    std::size_t epoch_steps = 0;  // likewise
    std::size_t samples = 0;      // of all epochs
    double learning_rate = 0.0;   // of the last step
    double seconds_before = 0.0;  // of the runs that were killed
};

Json to_json(const Position& position) {
    return Json{{"epoch", position.epoch},
                {"superbatch", position.superbatch},
                {"loss_sum", exact_number(position.loss_sum)},
                {"epoch_steps", position.epoch_steps},
                {"samples", position.samples},
                {"learning_rate", position.learning_rate},
                {"seconds_before", position.seconds_before}};
}

Position position_from(const Json& values) {
    return {values.at("epoch").get<std::size_t>(),    values.at("superbatch").get<std::size_t>(),
            exact_number_from(values.at("loss_sum")), values.at("epoch_steps").get<std::size_t>(),
            values.at("samples").get<std::size_t>(),  values.at("learning_rate").get<double>(),
            values.at("seconds_before").get<double>()};
}

// One training run.
class Run {
  public:
    Run(Network& network, const TrainFrames& frames, const TrainOptions& options)
        : network_(network),
          options_(options),
          training_(
              make_labelled_set(frames.training, network.card(), weights_of_all_stages(options), "training")),
          validation_(make_labelled_set(frames.validation, network.card(), weights_of_all_stages(options),
                                        "validation")),
          replay_(frames.replay),
          new_frames_(frames.training.size()),
          draw_(options, new_frames_, frames.reference_losses),
          replay_draw_(replay_.frames.size(), options.batch, options.replay.share, options.seed),
          rate_(options.schedule, options.epochs),
          loss_(loss_before_stage_two(options)),
          step_(network, training_, options),
          best_(step_.parametrisation(), std::numeric_limits<double>::infinity()) {
        if (frames.training.empty()) {
            throw ConfigError(
                "there are no training frames (the file is empty, or all frames validate) give some");
        }
    }

    TrainSummary finish(const EpochCallback& on_epoch) {
        summary_.e0 = apply_e0_policy(network_, training_, options_.e0);
        add_replay();
        summary_.validation_before = validation();
        summary_.trained = step_.parametrisation().description();
        log::info("trained: " + summary_.trained);
        if (has_validation()) {
            best_.judge_again(summary_.validation_before->loss);
        }
        resume();
        while (position_.epoch <= options_.epochs && may_go_on()) {
            train_epoch();
            summary_.curve.push_back(judge());
            begin_next_epoch();
            if (on_epoch) {
                on_epoch(summary_.curve.back());
            }
        }
        conclude();
        return summary_;
    }

  private:
    // Behind the training frames, where selection does not see them. After the fit of E0, which they follow.
    void add_replay() {
        if (!replay_.frames.empty()) {
            const std::vector<Frame> frames = with_e0_of(network_.card(), replay_);
            training_.append(
                make_labelled_set(frames, network_.card(), weights_of_all_stages(options_), "replay"));
        }
        summary_.replay_per_batch = replay_draw_.per_batch();
    }

    bool has_validation() const { return validation_.size() > 0; }

    std::optional<Validation> validation() const {
        if (!has_validation()) {
            return std::nullopt;
        }
        return validate(network_, validation_, loss_);
    }

    bool has_lost_patience() const {
        const std::size_t patience = options_.early_stop_epochs;
        const std::size_t since = std::max(best_.epoch() + 1, summary_.stage_two_epoch);
        return has_validation() && patience > 0 && position_.epoch >= since + patience;
    }

    // Before every epoch: stage two may begin, or the training end. Says the same again after a resume.
    bool may_go_on() {
        const bool is_before_stage_two = options_.stage_two && summary_.stage_two_epoch == 0;
        if (is_before_stage_two &&
            (has_lost_patience() || position_.epoch >= options_.stage_two->start_epoch)) {
            summary_.stage_two_epoch = position_.epoch;
            enter_stage_two();
            judge_best_again();
        } else if (has_lost_patience()) {
            summary_.stop = TrainStop::early_stop;
            return false;
        }
        if (is_budget_spent()) {
            summary_.stop = TrainStop::budget_spent;
            return false;
        }
        return true;
    }

    void enter_stage_two() {
        loss_ = loss_of_stage_two(options_);
        rate_.hold(options_.stage_two->learning_rate);
        step_.minimise(loss_);
        draw_.follow(loss_);
    }

    void judge_best_again() {
        if (has_validation()) {
            const std::vector<at::Tensor> present = copies(step_.parametrisation().leaves());
            best_.give_to_network();
            best_.judge_again(validation()->loss);
            best_.give_to_network(present);
        }
    }

    void train_epoch() {
        const auto superbatches = draw_.superbatches(position_.epoch);
        if (position_.superbatch == 0) {
            draw_.begin_epoch(network_, training_, position_.epoch);
        }
        while (position_.superbatch < superbatches.size() && !is_budget_spent()) {
            const std::size_t i = position_.superbatch;
            const double part = static_cast<double>(i) / static_cast<double>(superbatches.size());
            const double progress = static_cast<double>(position_.epoch - 1) + part;
            position_.learning_rate = rate_.at(progress, summary_.steps);
            try {
                train_batch(superbatches[i]);
            } catch (const Error&) {
                rethrow_with_context("epoch " + std::to_string(position_.epoch) + ", step " +
                                     std::to_string(i + 1));
            }
            ++position_.superbatch;
            if (position_.superbatch < superbatches.size() && is_time_over()) {
                save();
            }
        }
    }

    bool is_budget_spent() const {
        const TrainBudget& budget = options_.budget;
        return (budget.frames > 0 && position_.samples >= budget.frames) ||
               (budget.minutes > 0.0 && seconds() >= 60.0 * budget.minutes);
    }

    void train_batch(const std::vector<std::uint64_t>& superbatch) {
        TrainBatch batch = draw_.choose(network_, training_, superbatch, position_.epoch);
        if (batch.frames.empty()) {
            return;
        }
        const std::vector<std::uint64_t> chosen = batch.frames;
        position_.samples += chosen.size();
        for (const std::uint64_t id : replay_draw_.frames_of_step(summary_.steps)) {
            batch.add(new_frames_ + id, 1.0);
        }
        const StepLoss loss = step_.run(batch, position_.learning_rate);
        draw_.note_step(chosen, loss, training_, position_.epoch);
        position_.loss_sum += loss.mean;
        ++position_.epoch_steps;
        ++summary_.steps;
    }

    EpochRecord judge() {
        EpochRecord record;
        record.epoch = position_.epoch;
        record.effective_epochs = static_cast<double>(position_.samples) / static_cast<double>(new_frames_);
        record.learning_rate = position_.learning_rate;
        record.stage = summary_.stage_two_epoch == 0 ? 1 : 2;
        record.ratio = ratio_of_epoch(options_.selection, position_.epoch, options_.epochs);
        record.selection = draw_.record();
        record.train_loss = position_.loss_sum / std::max(1.0, static_cast<double>(position_.epoch_steps));
        {
            const AveragedWeights::Applied averaged(step_.averages());
            record.validation = validation();
        }
        // Without a validation set every epoch is taken, so the last one stays.
        const double loss = record.validation ? record.validation->loss : -static_cast<double>(record.epoch);
        best_.offer(record.epoch, loss, step_.averages());
        rate_.report(record.validation ? loss : record.train_loss);
        record.seconds = seconds();
        return record;
    }

    void begin_next_epoch() {
        const std::size_t every = options_.checkpoint.every_epochs;
        const bool is_due = every > 0 && position_.epoch % every == 0;
        ++position_.epoch;
        draw_.set_record({});
        position_.superbatch = 0;
        position_.loss_sum = 0.0;
        position_.epoch_steps = 0;
        if (position_.epoch <= options_.epochs && (is_time_over() || is_due)) {
            save();
        }
    }

    bool is_time_over() const {
        const double minutes = options_.checkpoint.every_minutes;
        return minutes > 0.0 && seconds_since(saved_) >= 60.0 * minutes;
    }

    void save() {
        if (options_.checkpoint.file.empty()) {
            return;
        }
        Checkpoint state{options_.checkpoint.run, progress(), {}};
        state.tensors["leaves"] = step_.parametrisation().leaves();
        state.tensors["averages"] = step_.averages().snapshot();
        state.tensors["best"] = best_.leaves();
        for (const Adam::State& one : step_.optimiser().states()) {
            state.tensors["adam_mean"].push_back(one.mean);
            state.tensors["adam_square"].push_back(one.square);
            state.tensors["adam_largest_square"].push_back(one.largest_square);
        }
        draw_.save(state);
        write_checkpoint(options_.checkpoint.file, state);
        saved_ = Clock::now();
    }

    Json progress() {
        Position position = position_;
        position.seconds_before = seconds();
        Json adam_steps = Json::array(), curve = Json::array();
        for (const Adam::State& one : step_.optimiser().states()) {
            adam_steps.push_back(one.steps);
        }
        for (const EpochRecord& record : summary_.curve) {
            curve.push_back(exact_record(record));
        }
        const LearningRate::Plateau& plateau = rate_.plateau();
        return Json{{"position", to_json(position)},
                    {"steps", summary_.steps},
                    {"stage_two_epoch", summary_.stage_two_epoch},
                    {"adam_steps", adam_steps},
                    {"average_steps", step_.averages().steps()},
                    {"best", Json{{"epoch", best_.epoch()}, {"loss", exact_number(best_.loss())}}},
                    {"plateau", Json{{"scale", plateau.scale},
                                     {"best", exact_number(plateau.best)},
                                     {"epochs_since_best", plateau.epochs_since_best}}},
                    {"curve", curve}};
    }

    void resume() {
        const std::optional<Checkpoint> state = read_checkpoint(options_.checkpoint);
        if (!state) {
            return;
        }
        const Json& numbers = state->progress;
        position_ = position_from(numbers.at("position"));
        summary_.steps = numbers.at("steps").get<std::size_t>();
        summary_.stage_two_epoch = numbers.at("stage_two_epoch").get<std::size_t>();
        for (const Json& record : numbers.at("curve")) {
            summary_.curve.push_back(epoch_record_from(record));
        }
        if (summary_.stage_two_epoch > 0) {
            enter_stage_two();
        }
        draw_.restore(*state);
        const Json& plateau = numbers.at("plateau");
        rate_.restore({plateau.at("scale").get<double>(), exact_number_from(plateau.at("best")),
                       plateau.at("epochs_since_best").get<std::size_t>()});
        restore_weights(*state);
        log::info("going on with the training at epoch " + std::to_string(position_.epoch) + ", step " +
                  std::to_string(position_.superbatch + 1) + " ('" + options_.checkpoint.file.string() +
                  "')");
    }

    void restore_weights(const Checkpoint& state) {
        const Json& numbers = state.progress;
        best_.give_to_network(state.tensors.at("leaves"));
        step_.averages().restore(state.tensors.at("averages"), numbers.at("average_steps").get<double>());
        best_.restore(numbers.at("best").at("epoch").get<std::size_t>(),
                      exact_number_from(numbers.at("best").at("loss")), state.tensors.at("best"));
        std::vector<Adam::State> moments;
        const auto moment = [&](const char* group) {
            return state.tensors.at(group).at(moments.size()).to(network_.options().device());
        };
        for (const Json& steps : numbers.at("adam_steps")) {
            moments.push_back({moment("adam_mean"), moment("adam_square"), moment("adam_largest_square"),
                               steps.get<std::int64_t>()});
        }
        step_.optimiser().restore(std::move(moments));
    }

    void conclude() {
        summary_.best_epoch = best_.epoch();
        if (options_.keep == KeptWeights::last) {
            best_.give_to_network(step_.averages().snapshot());
            summary_.kept_epoch = summary_.curve.size();
        } else {
            best_.give_to_network();
            summary_.kept_epoch = best_.epoch();
        }
        summary_.validation_after = validation();
        summary_.times_trained = draw_.times_chosen();
        summary_.selection_seconds = draw_.seconds();
        summary_.seconds = seconds();
    }

    double seconds() const { return position_.seconds_before + seconds_since(start_); }

    Network& network_;
    const TrainOptions& options_;
    Clock::time_point start_ = Clock::now(), saved_ = start_;
    LabelledSet training_, validation_;
    const ReplayFrames& replay_;
    std::size_t new_frames_;  // in training_, before those of replay
    BatchDraw draw_;
    ReplayDraw replay_draw_;
    LearningRate rate_;
    LossOptions loss_;  // of the present stage
    TrainStep step_;
    BestWeights best_;
    TrainSummary summary_;
    Position position_;
};

}  // namespace

TrainSummary train(Network& network, const TrainFrames& frames, const TrainOptions& options,
                   const EpochCallback& on_epoch) {
    return Run(network, frames, options).finish(on_epoch);
}

TrainSummary train(Network& network, std::span<const Frame> training, std::span<const Frame> validation,
                   const TrainOptions& options, const EpochCallback& on_epoch) {
    return train(network, {training, validation, {}}, options, on_epoch);
}

}  // namespace fibonaqi::nn
