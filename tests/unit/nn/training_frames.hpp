// Labelled frames and short settings for tests of training.
#pragma once

#include "fibonaqi/nn/train_batch.hpp"
#include "fibonaqi/nn/train_options.hpp"

#include "tests/unit/nn/random_graphs.hpp"

namespace fibonaqi::test {

/// Random structures labelled by `teacher`, energies and forces with noise [eV, eV/angstrom].
inline std::vector<Frame> labelled_frames_of(const nn::Network& teacher, std::size_t count,
                                             double noise = 0.0) {
    const Sample sample = random_sample(teacher, count, noise);
    std::vector<Frame> frames(count);
    for (std::size_t i = 0; i < count; ++i) {
        frames[i].structure = sample.structures[i];
        frames[i].labels = sample.labels[i];
    }
    return frames;
}

/// The defaults with these changes, and seed 5.
inline nn::TrainOptions train_options(const Json& changes) {
    nn::TrainOptions options =
        nn::train_options_from_json(nn::checked_train_settings(changes, "test settings"));
    options.seed = 5;
    return options;
}

/// These frames, all of weight 1.
inline nn::TrainBatch batch_of(const std::vector<std::uint64_t>& frames) {
    return {frames, std::vector<double>(frames.size(), 1.0)};
}

/// Copies of all weights, one after the other.
inline at::Tensor all_weights(const nn::Network& network) {
    std::vector<at::Tensor> flat;
    for (const auto& [name, tensor] : network.parameters()) {
        flat.push_back(tensor.detach().flatten().clone());
    }
    return at::cat(flat);
}

}  // namespace fibonaqi::test
