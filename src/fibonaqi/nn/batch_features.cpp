#include "fibonaqi/nn/batch_features.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <span>

#include "fibonaqi/base/contract.hpp"
#include "fibonaqi/base/rng.hpp"
#include "fibonaqi/nn/features.hpp"
#include "fibonaqi/nn/loss_terms.hpp"
#include "fibonaqi/nn/sample_gradients.hpp"
#include "fibonaqi/select/keyed_order.hpp"
#include "fibonaqi/select/row_treatment.hpp"

namespace fibonaqi::nn {
namespace {

using Ids = std::vector<std::uint64_t>;

at::Tensor index_of(const Ids& frames, const at::Device& device) {
    const std::vector<std::int64_t> signed_frames(frames.begin(), frames.end());
    return at::tensor(signed_frames, at::kLong).to(device);
}

RowStudent make_student(const GradientSource& source, std::size_t frames) {
    FeatureOptions options;
    options.kind = FeatureKind::embedding;
    return RowStudent(
        feature_rows(&source.network, std::span(source.training.graphs).first(frames), {}, options));
}

}  // namespace

BatchFeatures::BatchFeatures(const BatchSelection& options, std::uint64_t seed, std::size_t frames)
    : options_(options.rows), seed_(seed) {
    if (options_.kept_epochs > 1 || has_student()) {
        epochs_.assign(frames, 0);
    }
    for (std::size_t frame = 0; options_.kept_epochs > 1 && frame < frames; ++frame) {
        phases_.push_back(KeyedRng(seed, "age of features", 0, frame).below(options_.kept_epochs));
    }
}

at::Tensor BatchFeatures::of(const Ids& frames, std::size_t batch, const GradientSource& source) {
    if (epochs_.empty()) {
        return treated(raw(frames, source));
    }
    if (has_student()) {
        return treated(predicted(frames, batch, source));
    }
    Ids due;
    std::copy_if(frames.begin(), frames.end(), std::back_inserter(due),
                 [&](std::uint64_t frame) { return is_due(frame, source.epoch); });
    renew(due, source);
    return treated(known(frames));
}

at::Tensor BatchFeatures::exact(const Ids& frames, const GradientSource& source) {
    FIBONAQI_EXPECT(!epochs_.empty());
    Ids old;
    std::copy_if(frames.begin(), frames.end(), std::back_inserter(old),
                 [&](std::uint64_t frame) { return epochs_[frame] != source.epoch; });
    renew(old, source);
    return treated(known(frames));
}

bool BatchFeatures::is_due(std::uint64_t frame, std::uint64_t epoch) const {
    const bool is_known = epochs_[frame] > 0;
    const bool is_turn = epoch % options_.kept_epochs == phases_[frame] && epochs_[frame] < epoch;
    return !is_known || is_turn || epoch - epochs_[frame] >= options_.kept_epochs;
}

Ids BatchFeatures::oldest(const Ids& frames, std::size_t count, std::uint64_t epoch) const {
    Ids order = keyed_order(frames, {seed_, "fresh gradients", epoch});
    std::stable_sort(order.begin(), order.end(),
                     [&](std::uint64_t a, std::uint64_t b) { return epochs_[a] < epochs_[b]; });
    order.resize(std::min(count, order.size()));
    return order;
}

void BatchFeatures::renew(const Ids& frames, const GradientSource& source) {
    if (frames.empty()) {
        return;
    }
    LossOptions loss = source.loss;
    loss.mean_atoms = mean_atoms_of_all(source.training);
    remember(frames, raw(frames, {source.network, source.training, loss, source.epoch}), source.epoch);
}

// Rows of different superbatches must fit together.
double BatchFeatures::mean_atoms_of_all(const LabelledSet& training) const {
    return mean_atoms(std::span(training.graphs).first(epochs_.size()));
}

void BatchFeatures::remember(const Ids& frames, const at::Tensor& rows, std::uint64_t epoch) {
    if (!rows_.defined()) {
        rows_ = at::zeros({static_cast<std::int64_t>(epochs_.size()), rows.size(1)}, rows.options());
    }
    rows_.index_copy_(0, index_of(frames, rows_.device()), rows);
    for (const std::uint64_t frame : frames) {
        epochs_[frame] = epoch;
    }
    if (student_) {
        student_->learn(frames, rows);
    }
}

void BatchFeatures::note(const Ids& frames, const StepLoss& found, const LabelledSet& training,
                         ForceNormalisation normalisation, std::uint64_t epoch) {
    if (!student_ || !found.rows.defined()) {
        return;
    }
    const double mean = mean_atoms_of_all(training);
    if (normalisation == ForceNormalisation::batch_atoms && std::abs(found.mean_atoms - mean) > 1e-9 * mean) {
        return;
    }
    Ids unknown;
    std::vector<at::Tensor> rows;
    for (std::size_t i = 0; i < frames.size(); ++i) {
        const at::Tensor row = found.rows[static_cast<std::int64_t>(i)];
        if (epochs_[frames[i]] != epoch && at::isfinite(row).all().item<bool>()) {
            unknown.push_back(frames[i]);
            rows.push_back(row);
        }
    }
    if (!unknown.empty()) {
        remember(unknown, at::stack(rows), epoch);
    }
}

at::Tensor BatchFeatures::predicted(const Ids& frames, std::size_t batch, const GradientSource& source) {
    if (!student_) {
        student_ = make_student(source, epochs_.size());
    }
    student_->advance();
    const double share = options_.student * static_cast<double>(batch);
    renew(oldest(frames, static_cast<std::size_t>(std::ceil(share)), source.epoch), source);
    const at::Tensor guess = student_->predict(frames).to(rows_.device());
    std::vector<std::uint8_t> is_fresh;
    for (const std::uint64_t frame : frames) {
        is_fresh.push_back(epochs_[frame] == source.epoch ? 1 : 0);
    }
    const at::Tensor fresh = at::tensor(is_fresh, at::kByte).to(rows_.device()).to(at::kBool).unsqueeze(1);
    return at::where(fresh, known(frames), guess);
}

at::Tensor BatchFeatures::known(const Ids& frames) const {
    return rows_.index_select(0, index_of(frames, rows_.device()));
}

at::Tensor BatchFeatures::treated(const at::Tensor& rows) const {
    const RowTreatment treatment({rows}, {{}, options_.is_normalised, options_.clip_quantile});
    return treatment.apply({rows});
}

at::Tensor BatchFeatures::raw(const Ids& frames, const GradientSource& source) {
    computed_ += frames.size();
    GradientOptions gradients;
    gradients.loss = source.loss;
    gradients.readouts = readout_set_from(options_.last_layer);
    return loss_gradients(source.network, graphs_of(source.training, frames),
                          labels_of(source.training, frames), gradients);
}

void BatchFeatures::forget() {
    rows_ = at::Tensor();
    student_.reset();
    std::fill(epochs_.begin(), epochs_.end(), std::uint64_t{0});
}

std::vector<at::Tensor> BatchFeatures::tensors() const {
    if (!rows_.defined()) {
        return {};
    }
    if (!student_) {
        return {rows_};
    }
    const RowStudent::State& state = student_->state();
    return {rows_, state.descriptors, state.covariance, state.coefficients, state.deviations};
}

void BatchFeatures::restore(const std::vector<at::Tensor>& tensors, std::vector<std::uint64_t> epochs) {
    FIBONAQI_EXPECT(epochs.size() == epochs_.size());
    FIBONAQI_EXPECT(tensors.empty() || tensors.size() == (has_student() ? 5u : 1u));
    forget();
    epochs_ = std::move(epochs);
    if (!tensors.empty()) {
        rows_ = tensors[0];
    }
    if (tensors.size() > 1) {
        student_.emplace(RowStudent::State{tensors[1], tensors[2], tensors[3], tensors[4]});
    }
}

}  // namespace fibonaqi::nn
