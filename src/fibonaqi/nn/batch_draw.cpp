#include "fibonaqi/nn/batch_draw.hpp"

#include <algorithm>
#include <chrono>
#include <numeric>

#include "fibonaqi/base/contract.hpp"
#include "fibonaqi/base/error.hpp"
#include "fibonaqi/nn/sample_gradients.hpp"

namespace fibonaqi::nn {
namespace {

double seconds_since(std::chrono::steady_clock::time_point start) {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

}  // namespace

BatchDraw::BatchDraw(const TrainOptions& options, std::size_t frames)
    : options_(options),
      loss_(loss_before_stage_two(options)),
      selector_(make_selector(options.selection.strategy, options.selection.options)),
      times_chosen_(frames, 0) {
    if (options.selection.schedule == RatioSchedule::constant) {
        (void)superbatch_size(options.batch, options.selection.ratio);  // before the epoch that needs it
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

std::vector<std::uint64_t> BatchDraw::choose(const Network& network, const LabelledSet& training,
                                             const std::vector<std::uint64_t>& superbatch,
                                             std::uint64_t epoch) {
    const auto start = std::chrono::steady_clock::now();
    SelectionRequest request;
    request.batch = selected_of_tail(superbatch.size(), size(epoch));
    request.seed = options_.seed;
    request.cycle = epoch;
    request.ids = superbatch;
    const bool takes_everything = request.batch >= superbatch.size();
    const at::Tensor rows = takes_everything || !selector_->needs_features()
                                ? at::empty({static_cast<std::int64_t>(superbatch.size()), 0}, at::kDouble)
                                : features(network, training, superbatch);
    const Selection selection = selector_->select(rows, request);
    if (selection.picks.empty() && !selection.rejected.empty()) {
        throw Error(
            "no gradient of a whole superbatch is finite (the weights ran away) use a smaller learning_rate");
    }
    note(selection, rows);
    std::vector<std::uint64_t> chosen;
    for (const Pick& pick : selection.picks) {
        chosen.push_back(pick.id);
        ++times_chosen_[pick.id];
    }
    seconds_ += seconds_since(start);
    return chosen;
}

void BatchDraw::restore(std::vector<std::size_t> times_chosen, double seconds) {
    FIBONAQI_EXPECT(times_chosen.size() == times_chosen_.size());
    times_chosen_ = std::move(times_chosen);
    seconds_ = seconds;
}

at::Tensor BatchDraw::features(const Network& network, const LabelledSet& training,
                               const std::vector<std::uint64_t>& superbatch) const {
    GradientOptions gradients;
    gradients.loss = loss_;
    return loss_gradients(network, graphs_of(training, superbatch), labels_of(training, superbatch),
                          gradients);
}

void BatchDraw::note(const Selection& selection, const at::Tensor& features) {
    if (features.size(1) == 0) {
        return;
    }
    constexpr double long_gradient = 10.0;  // times the median
    const at::Tensor lengths = features.to(at::kDouble).norm(2, {1});
    ++record_.superbatches;
    record_.exhausted += selection.reason == SelectionReason::residual_exhausted ? 1 : 0;
    record_.filled += static_cast<std::size_t>(std::count_if(selection.picks.begin(), selection.picks.end(),
                                                             [](const Pick& pick) { return pick.filled; }));
    record_.rejected += selection.rejected.size();
    record_.outliers +=
        static_cast<std::size_t>(lengths.gt(long_gradient * lengths.median()).sum().item().toLong());
    record_.largest_condition = std::max(record_.largest_condition, selection.condition_number);
}

}  // namespace fibonaqi::nn
