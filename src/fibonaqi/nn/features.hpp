// Features of structures: the rows that selectors look at.
#pragma once

#include <span>
#include <string>

#include <ATen/ATen.h>

#include "fibonaqi/atoms/atom_graph.hpp"
#include "fibonaqi/atoms/labels.hpp"
#include "fibonaqi/model/feature_matrix.hpp"
#include "fibonaqi/nn/input_features.hpp"
#include "fibonaqi/nn/network.hpp"
#include "fibonaqi/nn/sample_gradients.hpp"

namespace fibonaqi::nn {

enum class FeatureKind {
    loss_gradient,        ///< dL_i/dw, needs labels: the features of DivBS. d columns
    prediction_gradient,  ///< dE_i/dw = sum of what the last layer multiplies; without labels. d columns
    force_jacobian,       ///< what labels would say about w, see label_information.hpp; without labels
    embedding,            ///< mean over the atoms of the invariant features of all layers. F columns
    composition,          ///< shares of the elements; without a model
    geometry              ///< smeared distances and volume, see input_features.hpp; without a model
};

bool needs_model(FeatureKind kind);
bool needs_labels(FeatureKind kind);

struct FeatureOptions {
    FeatureKind kind = FeatureKind::loss_gradient;
    LossOptions loss;                                ///< of loss_gradient; its weights of force_jacobian
    ReadoutSet readouts = ReadoutSet::final_linear;  ///< w of the first three kinds
    bool per_atom = false;        ///< prediction_gradient: of the energy per atom instead of the energy
    std::size_t directions = 32;  ///< of force_jacobian: more weights than that are sketched
    InputColumns columns;         ///< of composition and geometry
    std::size_t chunk = default_chunk;
    ChunkProgress progress;  ///< may be empty
};

/// One row per graph, float64 on the network's device. `network` may be null for kinds that need no model,
/// `labels` (one entry per graph) empty for kinds that need none. Throws ConfigError naming the first frame
/// (from 0) that has no label which the loss uses: a row of zeros would hide it.
at::Tensor feature_rows(const Network* network, std::span<const AtomGraph> graphs,
                        std::span<const Labels> labels, const FeatureOptions& options);

/// The check of feature_rows for frames whose loss is computed.
void require_labels(std::span<const AtomGraph> graphs, std::span<const Labels> labels,
                    const LossWeights& weights);

/// Rows with ids 0..n-1, on the host.
FeatureMatrix to_feature_matrix(const at::Tensor& rows);

/// And back, for selectors, without a copy of the numbers.
at::Tensor to_tensor(FeatureMatrix matrix);

/// By the name it has above. Throws ConfigError with a suggestion.
FeatureKind feature_kind_from(const std::string& name);

}  // namespace fibonaqi::nn
