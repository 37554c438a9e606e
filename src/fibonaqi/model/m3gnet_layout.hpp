// Names and shapes of the weights of an M3GNet: what its importer expects.
#pragma once

#include <cstdint>
#include <vector>

#include "fibonaqi/model/named_shapes.hpp"

namespace fibonaqi {

/// The lengths that all shapes follow from, by the names of matgl's arguments.
struct M3GNetSizes {
    std::int64_t elements = 0;       ///< of the card
    std::int64_t node_channels = 0;  ///< dim_node_embedding
    std::int64_t edge_channels = 0;  ///< dim_edge_embedding
    std::int64_t units = 0;          ///< units: hidden channels of all perceptrons
    std::int64_t blocks = 0;         ///< nblocks
    std::int64_t functions = 0;      ///< max_n: radial functions for each l
    std::int64_t orders = 0;         ///< max_l: l = 0 ... max_l - 1
    bool is_smooth = false;          ///< use_smooth

    std::int64_t angular() const { return functions * orders; }  ///< functions of two bonds and their angle
    std::int64_t radial() const { return is_smooth ? functions : angular(); }  ///< functions of one bond
};

/// All trainable tensors. Names are those of matgl without "model." in front, but for the last layer
/// (gated_layout.hpp). Matrices are [out, in].
std::vector<NamedShape> m3gnet_parameters(const M3GNetSizes& sizes);

}  // namespace fibonaqi
