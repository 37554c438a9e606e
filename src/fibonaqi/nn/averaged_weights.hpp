// Exponential moving average of the weights: what is validated, promoted and stored.
#pragma once

#include <functional>
#include <vector>

#include <ATen/ATen.h>

namespace fibonaqi::nn {

/// average <- d * average + (1 - d) * weights after every step, with d = min(decay, (1 + n) / (10 + n)) after
/// step n (from 1), so that a short training is not held back by its first weights: what torch_ema, which
/// mace-torch uses, does. decay 0 switches averaging off.
class AveragedWeights {
  public:
    /// The averages start as copies of the parameters, which are shared with the network, or `follow` makes
    /// its weights from them (Parametrisation).
    AveragedWeights(std::vector<at::Tensor> parameters, double decay, std::function<void()> follow = {});

    /// To be called after every step of the optimiser.
    void update();

    /// While one of these lives the parameters hold the averages (to be evaluated, not trained); its end puts
    /// the trained weights back, bit for bit. The AveragedWeights must outlive it.
    class Applied {
      public:
        explicit Applied(AveragedWeights& weights);
        ~Applied();
        Applied(const Applied&) = delete;
        Applied& operator=(const Applied&) = delete;

      private:
        AveragedWeights& weights_;
        std::vector<at::Tensor> trained_;
    };

    /// Copies of the averages as they are now.
    std::vector<at::Tensor> snapshot() const;

    /// How many updates there were.
    double steps() const { return steps_; }
    /// Goes on from what snapshot() and steps() said.
    void restore(const std::vector<at::Tensor>& averages, double steps);

  private:
    void assign_to_network(const std::vector<at::Tensor>& values) const;

    std::vector<at::Tensor> parameters_;
    std::vector<at::Tensor> averages_;
    double decay_;
    double steps_ = 0.0;
    std::function<void()> follow_;
};

/// Copies that autograd knows nothing of.
std::vector<at::Tensor> copies(const std::vector<at::Tensor>& tensors);

/// Writes values into parameters without telling autograd.
void assign(const std::vector<at::Tensor>& parameters, const std::vector<at::Tensor>& values);

}  // namespace fibonaqi::nn
