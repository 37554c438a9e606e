#include "fibonaqi/nn/replay.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "fibonaqi/base/contract.hpp"
#include "fibonaqi/base/error.hpp"
#include "fibonaqi/base/rng.hpp"
#include "fibonaqi/nn/posterior.hpp"
#include "fibonaqi/nn/sample_gradients.hpp"

namespace fibonaqi::nn {
namespace {

bool is_finite(const Labels& labels) {
    return std::isfinite(labels.energy.value_or(0.0)) &&
           std::all_of(labels.forces.begin(), labels.forces.end(), [](const Vec3& force) {
               return std::all_of(force.begin(), force.end(),
                                  [](double value) { return std::isfinite(value); });
           });
}

}  // namespace

ElementEnergies e0_of(const ModelCard& card) {
    ElementEnergies energies;
    for (std::size_t i = 0; i < card.species.size(); ++i) {
        energies[card.species[i]] = card.e0[i];
    }
    return energies;
}

void label_by_network(const Network& network, std::vector<Frame>& frames) {
    const at::Tensor nowhere = at::zeros({last_layer_weights(network).numel()}, at::kDouble);
    for (std::size_t i = 0; i < frames.size(); ++i) {
        try {
            const AtomGraph graph = make_graph(frames[i].structure, network.card().cutoff);
            frames[i].labels = predict_labels(network, {&graph, 1}, nowhere, true, 1)[0];
            if (!is_finite(frames[i].labels)) {
                throw Error(
                    "the model's prediction is not finite (atoms on top of each other?) leave the frame out");
            }
        } catch (const Error&) {
            rethrow_with_context("frame " + std::to_string(i));
        }
    }
}

std::vector<Frame> with_e0_of(const ModelCard& card, const ReplayFrames& replay) {
    const ElementEnergies now = e0_of(card);
    std::vector<Frame> frames = replay.frames;
    for (Frame& frame : frames) {
        double change = 0.0;
        for (const int number : frame.structure.atomic_numbers) {
            const auto before = replay.e0.find(number), after = now.find(number);
            change += before != replay.e0.end() && after != now.end() ? after->second - before->second : 0.0;
        }
        if (frame.labels.energy) {
            *frame.labels.energy += change;
        }
    }
    return frames;
}

ReplayDraw::ReplayDraw(std::size_t frames, std::size_t batch, double share, std::uint64_t seed)
    : frames_(frames), seed_(seed) {
    FIBONAQI_EXPECT(share >= 0.0 && share < 1.0);
    if (frames > 0) {
        const double wanted = static_cast<double>(batch) * share / (1.0 - share);
        per_batch_ = std::max<std::size_t>(1, static_cast<std::size_t>(std::lround(wanted)));
        shuffle(0);
    }
}

std::vector<std::uint64_t> ReplayDraw::frames_of_step(std::uint64_t step) {
    std::vector<std::uint64_t> chosen;
    for (std::uint64_t i = step * per_batch_; i < (step + 1) * per_batch_; ++i) {
        if (i / frames_ != pass_) {
            shuffle(i / frames_);
        }
        chosen.push_back(order_[i % frames_]);
    }
    return chosen;
}

void ReplayDraw::shuffle(std::uint64_t pass) {
    pass_ = pass;
    std::vector<std::uint64_t> keys(frames_);
    for (std::size_t i = 0; i < frames_; ++i) {
        keys[i] = KeyedRng(seed_, "replay", pass, i).bits();
    }
    order_.resize(frames_);
    std::iota(order_.begin(), order_.end(), std::uint64_t{0});
    std::sort(order_.begin(), order_.end(), [&](std::uint64_t a, std::uint64_t b) {
        return std::pair(keys[a], a) < std::pair(keys[b], b);
    });
}

}  // namespace fibonaqi::nn
