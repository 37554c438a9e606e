#include "fibonaqi/nn/known_losses.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "fibonaqi/base/contract.hpp"
#include "fibonaqi/nn/sample_gradients.hpp"
#include "fibonaqi/nn/sample_losses.hpp"

namespace fibonaqi::nn {
namespace {

constexpr double unknown = std::numeric_limits<double>::quiet_NaN();

std::vector<double> computed(const std::vector<std::uint64_t>& frames, const Network& network,
                             const LabelledSet& training, const LossOptions& loss) {
    return sample_losses(network, graphs_of(training, frames), labels_of(training, frames), loss,
                         default_chunk);
}

}  // namespace

KnownLosses::KnownLosses(LossSource source, std::size_t frames)
    : stored_(source == LossSource::stored ? frames : 0, unknown) {}

std::vector<double> KnownLosses::of(const std::vector<std::uint64_t>& frames, const Network& network,
                                    const LabelledSet& training, const LossOptions& loss) const {
    if (stored_.empty()) {
        return computed(frames, network, training, loss);
    }
    double largest = -1.0;
    for (const double value : stored_) {
        largest = value > largest ? value : largest;  // false for NaN
    }
    std::vector<double> losses;
    for (const std::uint64_t frame : frames) {
        const double value = stored_[frame];
        losses.push_back(!std::isnan(value) ? value : largest < 0.0 ? 1.0 : largest);
    }
    return losses;
}

void KnownLosses::note(const std::vector<std::uint64_t>& frames, const std::vector<double>& losses) {
    FIBONAQI_EXPECT(frames.size() <= losses.size());
    for (std::size_t i = 0; i < frames.size() && !stored_.empty(); ++i) {
        stored_[frames[i]] = losses[i];
    }
}

void KnownLosses::refresh(const Network& network, const LabelledSet& training, const LossOptions& loss) {
    if (!stored_.empty()) {
        std::vector<std::uint64_t> all(stored_.size());
        std::iota(all.begin(), all.end(), std::uint64_t{0});
        stored_ = computed(all, network, training, loss);
    }
}

void KnownLosses::forget() {
    std::fill(stored_.begin(), stored_.end(), unknown);
}

void KnownLosses::restore(std::vector<double> stored) {
    FIBONAQI_EXPECT(stored.size() == stored_.size());
    stored_ = std::move(stored);
}

}  // namespace fibonaqi::nn
