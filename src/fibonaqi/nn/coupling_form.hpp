// The sum over neighbours at the heart of message passing, as one multilinear form and its derivatives.
//
// With G a cotangent of the result, messages and all their derivatives of any order are partial derivatives
// of
//   S(G, Y, w, h) = sum over edges e, paths p, components m1, m2, m3, channels c of
//                   C_p[m1, m2, m3] G[receiver(e), m3, c] Y[e, m2] w[e, p, c] h[source(e), m1, c].
// S is linear in each argument, so the derivative of one partial derivative is another one with arguments
// exchanged: four kernels are enough for energies, forces, training and per-sample gradients.
#pragma once

#include <array>
#include <memory>
#include <vector>

#include <ATen/ATen.h>

#include "fibonaqi/model/wigner_3j.hpp"

namespace fibonaqi::nn {

/// E edges from rows of a feature table to receiving atoms.
struct EdgeEnds {
    at::Tensor source;       ///< [E] int64: row of the feature table
    at::Tensor receiver;     ///< [E] int64: 0..atoms-1
    std::int64_t rows = 0;   ///< of the feature table
    std::int64_t atoms = 0;  ///< that receive
};

/// One path: a block of features and one order of harmonics make part of a block of the result. The blocks of
/// features and results stand one after the other in flat tensors, each laid out [component, row, channel].
struct FormPath {
    std::int64_t channels = 0;
    std::int64_t weight = 0;  ///< column of w where its channels begin
    std::int64_t input = 0;   ///< numbers per row before its feature block
    std::int64_t input_channels = 0;
    std::int64_t output = 0;  ///< numbers per atom before its result block
    std::int64_t output_channels = 0,
                 first_output_channel = 0;       ///< of the block; where the path begins in it
    int harmonic = 0;                            ///< column of Y of m2 = 0
    int inputs = 0, harmonics = 0, outputs = 0;  ///< components: 2l + 1
    std::vector<CouplingTerm> terms;
};

struct CouplingForm {
    std::vector<FormPath> paths;  ///< together they fill w, without overlap, and the result
    std::int64_t output_width = 0, harmonics_width = 0, weights_width = 0, features_width = 0;
};

/// The arguments of S.
enum class FormSlot : std::size_t { output, harmonics, weights, features };

/// G: flat [output_width * atoms], Y [E, harmonics_width], w [E, weights_width], h: flat [features_width *
/// rows].
using FormArguments = std::array<at::Tensor, 4>;

/// dS/d(argument in `slot`), in the shape of that argument, whose own value is not looked at. Differentiable
/// in the other three, any number of times. Same result for any number of threads.
at::Tensor coupling_partial(const std::shared_ptr<const CouplingForm>& form, FormSlot slot,
                            const FormArguments& arguments, const EdgeEnds& ends);

/// The same without derivatives, by tensor operations of LibTorch on any device: what runs on a GPU, and the
/// oracle of the kernels for CPUs.
at::Tensor coupling_partial_by_tensors(const CouplingForm& form, FormSlot slot,
                                       const FormArguments& arguments, const EdgeEnds& ends);

}  // namespace fibonaqi::nn
