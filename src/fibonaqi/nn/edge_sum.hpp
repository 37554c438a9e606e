// The sum over neighbours at the heart of message passing.
#pragma once

#include <ATen/ATen.h>

namespace fibonaqi::nn {

/// E edges from rows of a feature table to N receiving atoms.
struct EdgeEnds {
    at::Tensor source;    ///< [E] int64: row of the feature table
    at::Tensor receiver;  ///< [E] int64, 0..N-1
    std::int64_t atoms = 0;
};

/// S_(lm) c (i) = sum over edges e -> i of Y_lm(e) w_l c (e) h_c (source of e).
/// harmonics Y [E, (L + 1)^2], weights w [E, L + 1, C], features h [rows, C] -> [(L + 1)^2, N, C].
/// Differentiable in all three, any number of times.
at::Tensor edge_sum(const at::Tensor& harmonics, const at::Tensor& weights, const at::Tensor& features,
                    const EdgeEnds& ends);

}  // namespace fibonaqi::nn
