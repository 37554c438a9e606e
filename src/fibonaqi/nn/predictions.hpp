// Tensors of a network as predictions of single structures.
#pragma once

#include <vector>

#include "fibonaqi/atoms/labels.hpp"
#include "fibonaqi/nn/network.hpp"

namespace fibonaqi::nn {

/// One prediction per graph of the batch, on the host in float64. Forces where `output` has them; stress
/// where it has a virial and the structure a volume.
std::vector<Prediction> predictions_of(const NetworkOutput& output, const GraphBatch& batch);

}  // namespace fibonaqi::nn
