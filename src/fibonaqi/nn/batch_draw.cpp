#include "fibonaqi/nn/batch_draw.hpp"

#include <algorithm>
#include <chrono>
#include <numeric>

#include "fibonaqi/base/contract.hpp"
#include "fibonaqi/base/error.hpp"
#include "fibonaqi/nn/checkpoint.hpp"

namespace fibonaqi::nn {
namespace {

double seconds_since(std::chrono::steady_clock::time_point start) {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

}  // namespace

BatchDraw::BatchDraw(const TrainOptions& options, std::size_t frames, std::vector<double> reference_losses)
    : options_(options),
      loss_(loss_before_stage_two(options)),
      selector_(make_selector(options.selection.strategy, options.selection.options)),
      losses_(options.selection.losses, frames),
      features_(options.selection, options.seed, frames),
      reference_losses_(std::move(reference_losses)),
      times_chosen_(frames, 0) {
    if (options.selection.schedule == RatioSchedule::constant) {
        (void)superbatch_size(options.batch, options.selection.ratio);  // before the epoch that needs it
    }
    if (selector_->needs_reference_scores() && reference_losses_.size() != frames) {
        throw ConfigError(
            "strategy " + selector_->name() +
            " has no reference model (it goes by losses beside those of a model that was trained "
            "on other frames) give reference_model");
    }
}

SuperbatchSize BatchDraw::size(std::uint64_t epoch) const {
    return superbatch_of_epoch(options_.selection, options_.batch, epoch, options_.epochs);
}

std::vector<std::vector<std::uint64_t>> BatchDraw::superbatches(std::uint64_t epoch) const {
    std::vector<std::uint64_t> ids(times_chosen_.size());
    std::iota(ids.begin(), ids.end(), std::uint64_t{0});
    return draw_superbatches(ids, size(epoch).superbatch, options_.seed, epoch);
}

void BatchDraw::begin_epoch(const Network& network, const LabelledSet& training, std::uint64_t epoch) {
    const std::size_t every = options_.selection.refresh_epochs;
    if (every > 0 && epoch > 1 && (epoch - 1) % every == 0) {
        const auto start = std::chrono::steady_clock::now();
        losses_.refresh(network, training, loss_);
        seconds_ += seconds_since(start);
    }
}

TrainBatch BatchDraw::choose(const Network& network, const LabelledSet& training,
                             const std::vector<std::uint64_t>& superbatch, std::uint64_t epoch) {
    const auto start = std::chrono::steady_clock::now();
    SelectionRequest request;
    request.batch = selected_of_tail(superbatch.size(), size(epoch));
    request.seed = options_.seed;
    request.cycle = epoch;
    request.ids = superbatch;
    TrainBatch batch;
    if (request.batch >= superbatch.size()) {
        for (const std::uint64_t id : superbatch) {
            batch.add(id, 1.0);
        }
    } else {
        batch = select(request, network, training);
    }
    for (const std::uint64_t id : batch.frames) {
        ++times_chosen_[id];
    }
    seconds_ += seconds_since(start);
    return batch;
}

TrainBatch BatchDraw::select(SelectionRequest& request, const Network& network, const LabelledSet& training) {
    give_scores(request, network, training);
    const at::Tensor rows = selector_->needs_features()
                                ? rows_for(request, {network, training, loss_, request.cycle})
                                : at::empty({static_cast<std::int64_t>(request.ids.size()), 0}, at::kDouble);
    const Selection selection = selector_->select(rows, request);
    if (selection.picks.empty() && !selection.rejected.empty()) {
        throw Error(
            "no gradient or loss of a whole superbatch is finite (the weights ran away) use a smaller "
            "learning_rate");
    }
    if (selector_->needs_features() || selector_->needs_scores()) {
        note(selection);
    }
    if (selector_->needs_features()) {
        note_lengths(rows);
    }
    TrainBatch batch;
    for (const Pick& pick : selection.picks) {
        batch.add(pick.id, pick.weight);
    }
    return batch;
}

// With a shortlist, the request is cut to it.
at::Tensor BatchDraw::rows_for(SelectionRequest& request, const GradientSource& source) {
    const std::size_t before = features_.computed();
    at::Tensor rows = features_.of(request.ids, request.batch, source);
    const std::size_t times = options_.selection.rows.shortlist;
    if (times > 0 && times * request.batch < request.ids.size()) {
        FIBONAQI_EXPECT(!selector_->needs_scores());
        SelectionRequest longer = request;
        longer.batch = times * request.batch;
        const Selection shortlist = selector_->select(rows, longer);
        request.ids.clear();
        for (const Pick& pick : shortlist.picks) {
            request.ids.push_back(pick.id);
        }
        record_.rejected += shortlist.rejected.size();
    }
    if (times > 0) {
        rows = features_.exact(request.ids, source);
    }
    record_.gradients += features_.computed() - before;
    return rows;
}

void BatchDraw::note_step(const std::vector<std::uint64_t>& frames, const StepLoss& found,
                          const LabelledSet& training, std::uint64_t epoch) {
    losses_.note(frames, found.frames);
    features_.note(frames, found, training, loss_.normalisation, epoch);
}

void BatchDraw::follow(const LossOptions& loss) {
    loss_ = loss;
    losses_.forget();
    features_.forget();
}

void BatchDraw::save(Checkpoint& checkpoint) const {
    Json losses = Json::array();
    for (const double loss : losses_.stored()) {
        losses.push_back(exact_number(loss));
    }
    checkpoint.progress["draw"] = Json{{"times_chosen", times_chosen_},
                                       {"seconds", seconds_},
                                       {"record", to_json(record_)},
                                       {"stored_losses", losses},
                                       {"row_epochs", features_.epochs()}};
    if (const std::vector<at::Tensor> rows = features_.tensors(); !rows.empty()) {
        checkpoint.tensors["draw"] = rows;
    }
}

void BatchDraw::restore(const Checkpoint& checkpoint) {
    const Json& numbers = checkpoint.progress.at("draw");
    numbers.at("times_chosen").get_to(times_chosen_);
    numbers.at("seconds").get_to(seconds_);
    record_ = selection_record_from(numbers.at("record"));
    std::vector<double> losses;
    for (const Json& loss : numbers.at("stored_losses")) {
        losses.push_back(exact_number_from(loss));
    }
    losses_.restore(std::move(losses));
    const auto rows = checkpoint.tensors.find("draw");
    features_.restore(rows == checkpoint.tensors.end() ? std::vector<at::Tensor>() : rows->second,
                      numbers.at("row_epochs").get<std::vector<std::uint64_t>>());
}

void BatchDraw::give_scores(SelectionRequest& request, const Network& network,
                            const LabelledSet& training) const {
    if (selector_->needs_scores()) {
        request.scores = losses_.of(request.ids, network, training, loss_);
    }
    if (selector_->needs_reference_scores()) {
        for (const std::uint64_t id : request.ids) {
            request.reference_scores.push_back(reference_losses_[id]);
        }
    }
}

void BatchDraw::note(const Selection& selection) {
    ++record_.superbatches;
    record_.exhausted += selection.reason == SelectionReason::residual_exhausted ? 1 : 0;
    record_.filled += static_cast<std::size_t>(std::count_if(selection.picks.begin(), selection.picks.end(),
                                                             [](const Pick& pick) { return pick.filled; }));
    record_.rejected += selection.rejected.size();
    record_.largest_condition = std::max(record_.largest_condition, selection.condition_number);
}

void BatchDraw::note_lengths(const at::Tensor& features) {
    constexpr double long_gradient = 10.0;  // times the median
    const at::Tensor lengths = features.to(at::kDouble).norm(2, {1});
    record_.outliers +=
        static_cast<std::size_t>(lengths.gt(long_gradient * lengths.median()).sum().item().toLong());
}

}  // namespace fibonaqi::nn
