// Uncertainty of a model's predictions from its last layer, calibrated on labelled frames.
//
// The energy is linear in the last-layer weights w. With a covariance C of w the spread of an energy is
// sqrt(h^T C h), h = dE/dw, that of a force component the same with h = dF/dw (last-layer prediction
// rigidity: Bigi et al., Mach. Learn.: Sci. Technol. 5, 045018 (2024)). C comes from the Gaussian posterior
// of w or from a committee of last layers; its scale from the errors on frames that the model has not seen.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <ATen/ATen.h>

#include "fibonaqi/atoms/atom_graph.hpp"
#include "fibonaqi/atoms/labels.hpp"
#include "fibonaqi/model/calibration.hpp"
#include "fibonaqi/model/tensor_file.hpp"
#include "fibonaqi/nn/loss_options.hpp"
#include "fibonaqi/nn/network.hpp"
#include "fibonaqi/nn/sample_gradients.hpp"

namespace fibonaqi::nn {

/// What is kept in a model file.
struct Uncertainty {
    at::Tensor covariance;      ///< C, [d, d] float64
    double energy_scale = 1.0;  ///< spreads of energies are multiplied by this
    double force_scale = 1.0;   ///< and those of forces by this
};

/// Standard deviations of structures, in order. About d times the cost of energies and forces.
std::vector<FrameSpread> predict_spread(const Network& network, std::span<const AtomGraph> graphs,
                                        const Uncertainty& uncertainty, std::size_t chunk,
                                        const ChunkProgress& progress);

/// posterior: C = (lambda I + sum_i (wE h_i h_i^T / N_i^2 + wF J_i^T J_i / (3 N_i)))^-1 over training frames.
/// committee: C is the covariance of last layers, each the minimum of the (quadratic) loss on a sample of the
/// training frames drawn with replacement, with lambda |w - w_model|^2 added.
enum class UncertaintyMethod { posterior, committee };

struct UncertaintyOptions {
    UncertaintyMethod method = UncertaintyMethod::posterior;
    LossWeights weights;       ///< wE and wF
    std::size_t members = 16;  ///< of a committee
    std::uint64_t seed = 0;    ///< of its draws
    std::size_t chunk = default_chunk;
};

/// A calibrated uncertainty and what it was chosen from.
struct FittedUncertainty {
    Uncertainty uncertainty;
    double regularisation =
        0.0;  ///< lambda / mean eigenvalue of one training frame's part, the best of a grid
};

/// Graphs and labels of frames, in the same order.
struct LabelledGraphs {
    std::span<const AtomGraph> graphs;
    std::span<const Labels> labels;
};

/// Fits C to `training` for lambda on a grid, and for each the scales of highest likelihood of the errors on
/// `validation`; the lambda whose force errors (energies where there are no forces) are the likeliest is
/// kept. Throws ConfigError when `validation` holds no labels, or nothing that depends on the last layer.
FittedUncertainty fit_uncertainty(const Network& network, const LabelledGraphs& training,
                                  const LabelledGraphs& validation, const UncertaintyOptions& options,
                                  const ChunkProgress& progress);

/// Puts it into a model file: the covariance as a tensor, `record` and the scales as the card's
/// "uncertainty".
void store_uncertainty(ModelFile& model, const Uncertainty& uncertainty, Json record);

/// That of a model file; empty when it was never calibrated. Throws ModelError for a broken one.
std::optional<Uncertainty> stored_uncertainty(const ModelFile& model, std::int64_t last_layer_size);

/// Takes it out, where the weights have changed since.
void drop_uncertainty(ModelFile& model);

}  // namespace fibonaqi::nn
