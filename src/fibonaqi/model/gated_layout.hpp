// Names and shapes of the gated perceptron that matgl's potentials end with (nn/gated_readout.hpp).
#pragma once

#include <cstdint>
#include <vector>

#include "fibonaqi/model/named_shapes.hpp"

namespace fibonaqi {

/// w and b of the last linear layer in one tensor, [C + 1]: its name in our files.
inline constexpr const char* gated_last_layer = "final_layer.gated.layers.6.weight_and_bias";

/// Trainable tensors for `features` invariants of every atom and `units` = C hidden channels. Names are those
/// of matgl without "model." in front, but for the last layer. Matrices are [out, in].
std::vector<NamedShape> gated_readout_parameters(std::int64_t features, std::int64_t units);

}  // namespace fibonaqi
