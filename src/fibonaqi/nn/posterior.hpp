// The last-layer posterior: how uncertain the model is about its own last layer, in closed form.
//
// The energy is linear in the last-layer weights w, so with the Jacobians h_i = dE_i/dw and J_i = dF_i/dw the
// Gaussian posterior of w given labelled frames has the precision
//   A = lambda I + sum_i ( wE h_i h_i^T / N_i^2 + wF J_i^T J_i / (3 N_i) )
// and the covariance s^2 A^-1 (Bayesian linear regression; MacKay, Neural Computation 4, 415 (1992)). The
// scale s is set so that the predicted spread of force components equals a measured one.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include <ATen/ATen.h>

#include "fibonaqi/atoms/atom_graph.hpp"
#include "fibonaqi/atoms/labels.hpp"
#include "fibonaqi/base/json.hpp"
#include "fibonaqi/nn/loss_options.hpp"
#include "fibonaqi/nn/network.hpp"
#include "fibonaqi/nn/sample_gradients.hpp"

namespace fibonaqi::nn {

/// Second moments of the last-layer Jacobian of n structures: all that the posterior needs of them, d x d
/// numbers each instead of 3N x d. float64, on the network's device.
struct LastLayerMoments {
    at::Tensor energy;      ///< [n, d] dE_i/dw
    at::Tensor force_gram;  ///< [n, d, d] J_i^T J_i, summed over the 3N force components
    at::Tensor atoms;       ///< [n] float64

    std::int64_t size() const { return energy.size(0); }
};

/// One evaluation and d backward passes (d columns of the Jacobian) per chunk: about d times the cost of
/// energies and forces. Throws ModelError for an element that the card lacks.
LastLayerMoments last_layer_moments(const Network& network, std::span<const AtomGraph> graphs,
                                    std::size_t chunk, const ChunkProgress& progress);

struct PosteriorOptions {
    LossWeights weights;  ///< energy and force weight; stress has no part in A
    /// lambda relative to the mean eigenvalue of one average labelled frame's part of A.
    double regularisation = 1e-3;
};

/// w ~ N(w_model, s^2 A^-1).
class LastLayerPosterior {
  public:
    /// Before there are labels: A = I, and s such that the root mean square force spread of `candidates` is
    /// `force_spread` [eV/angstrom]. Throws Error when no force depends on the last layer.
    static LastLayerPosterior prior(const LastLayerMoments& candidates, double force_spread);

    /// From labelled frames; `force_rmse` [eV/angstrom] is the measured error of the model on them, and the
    /// root mean square force spread predicted for them equals it. Errors as prior.
    static LastLayerPosterior fit(const LastLayerMoments& labelled, double force_rmse,
                                  const PosteriorOptions& options);

    /// One draw of w - w_model, [d] float64, keyed by (seed, cycle, item).
    at::Tensor draw(std::uint64_t seed, std::uint64_t cycle, std::uint64_t item) const;

    /// s^2 A^-1, [d, d] float64: predict_spread (uncertainty.hpp) makes standard deviations of it.
    at::Tensor covariance() const;
    double scale() const { return scale_; }

  private:
    LastLayerPosterior(const at::Tensor& precision, const LastLayerMoments& calibration, double force_spread);

    at::Tensor factor_;  // lower Cholesky factor of A
    double scale_ = 1.0;
};

/// What the model predicts with its last layer moved by `shift` [d]: energies, forces and, where asked for
/// and the structure is periodic, stress. With a draw of the posterior these are pseudo labels: labels as one
/// plausible truth would give them. Exactly linear in `shift`. One draw serves all candidates of a
/// superbatch: their pseudo labels then come from one and the same teacher, and the mean gradient that DivBS
/// follows points towards it. With a draw per frame the gradients of different frames would be independent
/// noise, their mean would vanish, and DivBS would represent nothing.
std::vector<Labels> predict_labels(const Network& network, std::span<const AtomGraph> graphs,
                                   const at::Tensor& shift, bool want_stress, std::size_t chunk);

/// Root mean square of the differences of the force components of labelled structures [eV/angstrom];
/// empty-handed (no structure with forces in `reference`) it throws ConfigError.
double force_rmse(std::span<const Labels> predicted, std::span<const Labels> reference);

}  // namespace fibonaqi::nn
