// The optimiser: Adam, with amsgrad where wanted, as torch.optim.Adam computes it, and the clipping of its
// gradients.
#pragma once

#include <cstdint>
#include <vector>

#include <ATen/ATen.h>

namespace fibonaqi::nn {

struct AdamOptions {
    double weight_decay = 0.0;      ///< added to the gradient: this times the weight
    std::vector<bool> decays = {};  ///< which parameters decay, in their order; empty: all
    bool amsgrad = true;
};

/// Adam (Kingma & Ba, ICLR 2015, arXiv:1412.6980) with the largest second moment so far in the denominator
/// (amsgrad: Reddi, Kale & Kumar, ICLR 2018, arXiv:1904.09237) and decay added to the gradient (L2):
///   g <- g + decay w,   m <- b1 m + (1-b1) g,   v <- b2 v + (1-b2) g^2,   u <- max(u, v),
///   w <- w - rate / (1 - b1^t) m / (sqrt(u) / sqrt(1 - b2^t) + eps),
/// b1 = 0.9, b2 = 0.999, eps = 1e-8; u is the maximum before the correction by 1 - b2^t, as in torch, and v
/// itself without amsgrad.
/// State has dtype and device of the parameters.
class Adam {
  public:
    Adam(std::vector<at::Tensor> parameters, AdamOptions options);

    /// One gradient per parameter, undefined where there is none: such a parameter is left alone.
    void step(const std::vector<at::Tensor>& gradients, double learning_rate);

    /// Of one parameter: m, v, u and t of the formula.
    struct State {
        at::Tensor mean, square, largest_square;
        std::int64_t steps = 0;
    };
    const std::vector<State>& states() const { return states_; }
    /// Goes on from these, one per parameter; they are shared, not copied.
    void restore(std::vector<State> states);

  private:
    std::vector<at::Tensor> parameters_;
    std::vector<State> states_;
    AdamOptions options_;
};

/// 2-norm over all defined gradients together. Not finite when one of them is not.
double gradient_norm(const std::vector<at::Tensor>& gradients);

/// The gradients scaled so that their norm is at most `longest` (torch's clip_grad_norm_); `norm` is what
/// gradient_norm said. `longest` 0 leaves them alone.
std::vector<at::Tensor> clipped(std::vector<at::Tensor> gradients, double norm, double longest);

}  // namespace fibonaqi::nn
