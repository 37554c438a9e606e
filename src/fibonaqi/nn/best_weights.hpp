// The best weights that a training has seen so far.
#pragma once

#include <cstddef>
#include <utility>
#include <vector>

#include <ATen/ATen.h>

#include "fibonaqi/nn/averaged_weights.hpp"
#include "fibonaqi/nn/parametrisation.hpp"

namespace fibonaqi::nn {

/// Keeps the leaves of the parametrisation with the lowest validation loss; at first those that it has, of
/// epoch 0. The parametrisation must outlive it.
class BestWeights {
  public:
    BestWeights(const Parametrisation& parametrisation, double loss)
        : parametrisation_(parametrisation), leaves_(copies(parametrisation.leaves())), loss_(loss) {}

    /// Takes the averages if their loss is lower.
    void offer(std::size_t epoch, double loss, const AveragedWeights& averages) {
        if (loss < loss_) {
            restore(epoch, loss, averages.snapshot());
        }
    }
    /// The loss of the best weights, when it has come to mean something else.
    void judge_again(double loss) { loss_ = loss; }

    /// Whose leaves these are; 0: those at the start, nothing was better.
    std::size_t epoch() const { return epoch_; }
    /// Their validation loss; infinite without validation frames.
    double loss() const { return loss_; }
    /// In the order of the parametrisation's.
    const std::vector<at::Tensor>& leaves() const { return leaves_; }
    /// Goes on from what these three said: after a checkpoint was read.
    void restore(std::size_t epoch, double loss, std::vector<at::Tensor> leaves) {
        epoch_ = epoch;
        loss_ = loss;
        leaves_ = std::move(leaves);
    }

    /// Writes them into the network: the leaves, and the weights that follow them.
    void give_to_network() const { give_to_network(leaves_); }
    /// The same with others, as of an average or of a moment before.
    void give_to_network(const std::vector<at::Tensor>& leaves) const {
        assign(parametrisation_.leaves(), leaves);
        parametrisation_.follow();
    }

  private:
    const Parametrisation& parametrisation_;
    std::vector<at::Tensor> leaves_;
    double loss_;
    std::size_t epoch_ = 0;
};

}  // namespace fibonaqi::nn
