// Names and shapes of the weights of a TensorNet: what its importer expects and its initialisation makes.
#pragma once

#include <cstdint>
#include <vector>

#include "fibonaqi/model/named_shapes.hpp"

namespace fibonaqi {

/// The lengths that all shapes follow from.
struct TensorNetSizes {
    std::int64_t elements = 0;         ///< of the card
    std::int64_t channels = 0;         ///< units: C
    std::int64_t layers = 0;           ///< nblocks
    std::int64_t basis_functions = 0;  ///< K
};

/// All trainable tensors. Names are those of matgl without "model." in front, but for the last layer
/// (gated_layout.hpp). Matrices are [out, in].
std::vector<NamedShape> tensornet_parameters(const TensorNetSizes& sizes);

/// Hyperparameters of a card (matgl_import.hpp) but for cutoff and scale: smooth Bessel functions, O(3).
Json tensornet_hyperparameters(const TensorNetSizes& sizes);

}  // namespace fibonaqi
