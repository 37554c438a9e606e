#include "fibonaqi/nn/batch_features.hpp"

#include <algorithm>
#include <span>

#include "fibonaqi/base/contract.hpp"
#include "fibonaqi/base/rng.hpp"
#include "fibonaqi/nn/loss_terms.hpp"
#include "fibonaqi/nn/sample_gradients.hpp"
#include "fibonaqi/select/row_treatment.hpp"

namespace fibonaqi::nn {
namespace {

at::Tensor index_of(const std::vector<std::uint64_t>& frames, const at::Device& device) {
    const std::vector<std::int64_t> signed_frames(frames.begin(), frames.end());
    return at::tensor(signed_frames, at::kLong).to(device);
}

}  // namespace

BatchFeatures::BatchFeatures(const BatchSelection& options, std::uint64_t seed, std::size_t frames)
    : options_(options.rows) {
    if (options_.kept_epochs > 1) {
        epochs_.assign(frames, 0);
        for (std::size_t frame = 0; frame < frames; ++frame) {
            phases_.push_back(KeyedRng(seed, "age of features", 0, frame).below(options_.kept_epochs));
        }
    }
}

at::Tensor BatchFeatures::of(const std::vector<std::uint64_t>& frames, const Network& network,
                             const LabelledSet& training, const LossOptions& loss, std::uint64_t epoch) {
    at::Tensor rows;
    if (epochs_.empty()) {
        rows = raw(frames, network, training, loss);
    } else {
        renew(frames, network, training, loss, epoch);
        rows = rows_.index_select(0, index_of(frames, rows_.device()));
    }
    const RowTreatment treatment({rows}, {{}, options_.is_normalised, options_.clip_quantile});
    return treatment.apply({rows});
}

void BatchFeatures::renew(const std::vector<std::uint64_t>& frames, const Network& network,
                          const LabelledSet& training, LossOptions loss, std::uint64_t epoch) {
    std::vector<std::uint64_t> due;
    for (const std::uint64_t frame : frames) {
        if (is_due(frame, epoch)) {
            due.push_back(frame);
            epochs_[frame] = epoch;
        }
    }
    if (due.empty()) {
        return;
    }
    // Rows of different superbatches must fit together.
    loss.mean_atoms = mean_atoms(std::span(training.graphs).first(epochs_.size()));
    const at::Tensor fresh = raw(due, network, training, loss);
    if (!rows_.defined()) {
        rows_ = at::zeros({static_cast<std::int64_t>(epochs_.size()), fresh.size(1)}, fresh.options());
    }
    rows_.index_copy_(0, index_of(due, rows_.device()), fresh);
}

void BatchFeatures::forget() {
    rows_ = at::Tensor();
    std::fill(epochs_.begin(), epochs_.end(), std::uint64_t{0});
}

void BatchFeatures::restore(const at::Tensor& rows, std::vector<std::uint64_t> epochs) {
    FIBONAQI_EXPECT(epochs.size() == epochs_.size());
    rows_ = rows;
    epochs_ = std::move(epochs);
}

bool BatchFeatures::is_due(std::uint64_t frame, std::uint64_t epoch) const {
    const bool is_known = epochs_[frame] > 0;
    const bool is_turn = epoch % options_.kept_epochs == phases_[frame] && epochs_[frame] < epoch;
    return !is_known || is_turn || epoch - epochs_[frame] >= options_.kept_epochs;
}

at::Tensor BatchFeatures::raw(const std::vector<std::uint64_t>& frames, const Network& network,
                              const LabelledSet& training, const LossOptions& loss) const {
    GradientOptions gradients;
    gradients.loss = loss;
    gradients.readouts = readout_set_from(options_.last_layer);
    return loss_gradients(network, graphs_of(training, frames), labels_of(training, frames), gradients);
}

}  // namespace fibonaqi::nn
