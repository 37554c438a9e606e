// What a training moves, and how the weights of the network follow: all weights, some of them, or low-rank
// updates of their matrices.
//
// The network knows nothing of it. It always holds ordinary weights, so evaluation, selection and MD see an
// ordinary model at any moment, and nothing is left to be merged in the end.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <ATen/ATen.h>

#include "fibonaqi/nn/network.hpp"
#include "fibonaqi/nn/train_options.hpp"

namespace fibonaqi::nn {

/// The optimiser moves `leaves`; `follow` then writes the weights that depend on them.
///
/// Plain: a leaf is a weight itself. Held weights (options.freeze) are no leaves, need no gradient while this
/// lives, and are never written to: they stay what they were, bit for bit.
///
/// Low rank (options.lora.rank r > 0; Hu et al., ICLR 2022, arXiv:2106.09685): every matrix that is not held
/// is W = W_0 + (alpha / r) A B with leaves A [rows, r] and B [r, columns]; all other weights (biases,
/// norms, tables of elements, contractions) are held. The inner length r of A B is cut to the shorter side of
/// a matrix. B starts at 0, so the first prediction is the model's own, to the bit. A starts with normal
/// numbers of variance 1 / inner length, keyed by the seed: a step of Adam then moves the entries of W about
/// alpha / r times as far as if they were leaves themselves, whatever a network's convention for the size of
/// its weights is.
/// By the chain rule dL/dA = (alpha / r) dL/dW B^T and dL/dB = (alpha / r) A^T dL/dW.
class Parametrisation {
  public:
    /// Throws ConfigError for patterns that match nothing, more layers than there are, and where nothing is
    /// left to train.
    Parametrisation(const Network& network, const TrainableOptions& options, std::uint64_t seed);
    /// All parameters require a gradient again.
    ~Parametrisation();
    Parametrisation(const Parametrisation&) = delete;
    Parametrisation& operator=(const Parametrisation&) = delete;

    /// Weights of the network that follow, in its order: what the loss is differentiated by.
    const std::vector<at::Tensor>& weights() const { return weights_; }
    /// What the optimiser moves, in a fixed order; no gradient is recorded for them.
    const std::vector<at::Tensor>& leaves() const { return leaves_; }

    /// For every leaf the name of the weight that it belongs to.
    const std::vector<std::string>& leaf_names() const { return leaf_names_; }

    /// Gradients of the leaves, from those of the weights; undefined where the weight's is.
    std::vector<at::Tensor> pull_back(const std::vector<at::Tensor>& gradients) const;
    /// Writes the weights that belong to the leaves as they are now.
    void follow() const;

    /// For people: "all 37 weights", "30 of 37 weights", "rank 4 updates of 96 matrices in 20 of 37 weights".
    std::string description() const;

  private:
    // Matrices of one parameter and their two leaves.
    struct Update {
        std::size_t weight = 0;  // in weights_
        WeightMatrix place;
        at::Tensor a, b;  // [count, rows, r], [count, r, columns]
    };

    double factor() const { return lora_.alpha / static_cast<double>(lora_.rank); }
    void add_updates(const Network& network, const std::vector<bool>& is_held, std::uint64_t seed);

    std::vector<at::Tensor> all_;  // parameters of the network
    std::vector<at::Tensor> weights_, leaves_;
    std::vector<std::string> leaf_names_;
    LoraOptions lora_;
    std::vector<at::Tensor> base_;  // W_0 of every weight, low rank only
    std::vector<Update> updates_;   // likewise
};

/// Names of the weights that the options hold, as flags in the network's order. Throws as the constructor.
std::vector<bool> held_weights(const Network& network, const FreezeOptions& options);

}  // namespace fibonaqi::nn
