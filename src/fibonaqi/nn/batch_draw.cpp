#include "fibonaqi/nn/batch_draw.hpp"

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
      size_(superbatch_size(options.batch, options.selection.ratio)),
      selector_(make_selector(options.selection.strategy, options.selection.options)),
      times_chosen_(frames, 0) {}

std::vector<std::vector<std::uint64_t>> BatchDraw::superbatches(std::uint64_t epoch) const {
    std::vector<std::uint64_t> ids(times_chosen_.size());
    std::iota(ids.begin(), ids.end(), std::uint64_t{0});
    return draw_superbatches(ids, size_.superbatch, options_.seed, epoch);
}

std::vector<std::uint64_t> BatchDraw::choose(const Network& network, const LabelledSet& training,
                                             const std::vector<std::uint64_t>& superbatch,
                                             std::uint64_t epoch) {
    const auto start = std::chrono::steady_clock::now();
    SelectionRequest request;
    request.batch =
        superbatch.size() == size_.superbatch ? size_.batch : selected_of_tail(superbatch.size(), size_);
    request.seed = options_.seed;
    request.cycle = epoch;
    request.ids = superbatch;
    const Selection selection = selector_->select(features(network, training, superbatch), request);
    if (selection.picks.empty() && !selection.rejected.empty()) {
        throw Error(
            "no gradient of a whole superbatch is finite (the weights ran away) use a smaller learning_rate");
    }
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
    const bool takes_everything = size_.batch == size_.superbatch;
    if (takes_everything || !selector_->needs_features()) {
        return at::empty({static_cast<std::int64_t>(superbatch.size()), 0}, at::kDouble);
    }
    GradientOptions gradients;
    gradients.loss = loss_;
    return loss_gradients(network, graphs_of(training, superbatch), labels_of(training, superbatch),
                          gradients);
}

}  // namespace fibonaqi::nn
