// What the labels of a structure would say about the last layer, or another set of weights of readouts: the
// features "force_jacobian".
//
// With h = dE/dw and J = dF/dw [3N, d] stack what a labelled structure is fitted by:
//   K = ( sqrt(wE) h' / N ; sqrt(wF / (3N)) J ),   M = K' K = wE h h' / N^2 + wF J' J / (3N).
// Rows of K have no partner in another structure: it has other atoms, in another order, turned otherwise. So
// K itself cannot be compared, and a random projection of it from the left, another one for every 3N, would
// make all structures orthogonal. M [d, d] has no trace of order and orientation, does not grow with a
// supercell, and says all that the last layer sees of a label: A = lambda + sum_i M_i is the precision of the
// last-layer posterior (posterior.hpp). A row holds M, so that sums of rows are what frames say together, and
// products are
//   tr(M_i M_j) = sum of the squares of all elements of K_i K_j',
// the squared covariances between everything that is predicted for i and for j: to first order in the prior
// covariance of w, what labels of j take from the summed variance of i. Lengths are |M|, the square of a
// gradient's unit.
#pragma once

#include <cstdint>
#include <span>

#include <ATen/ATen.h>

#include "fibonaqi/atoms/atom_graph.hpp"
#include "fibonaqi/nn/loss_options.hpp"
#include "fibonaqi/nn/network.hpp"
#include "fibonaqi/nn/sample_gradients.hpp"

namespace fibonaqi::nn {

struct InformationOptions {
    LossWeights weights;  ///< wE and wF; stresses have no part
    /// p: where w has more numbers, M is known through p random directions only, see information_rows.
    std::size_t directions = 32;
    std::uint64_t seed = 0;  ///< of the directions, which must be the same for rows that are compared
    ReadoutSet readouts = ReadoutSet::final_linear;
    std::size_t chunk = default_chunk;
    ChunkProgress progress;  ///< may be empty
};

/// Rows [n, c] float64 whose products are tr(M_i M_j).
///   d <= p: exactly. c = d (d + 1) / 2: the upper triangle of M, what is off the diagonal times sqrt(2).
///   d > p:  on average over the directions o_1 ... o_p, independent standard normal vectors: c = p (p - 1) /
///           2 numbers o_k' M o_l / sqrt(c), k < l, as E[(o' A q)(o' B q)] = tr(A B') for independent o and
///           q.
/// One evaluation and min(d, p) backward passes per structure: K o costs one. Throws ModelError for an
/// element that the card lacks.
at::Tensor information_rows(const Network& network, std::span<const AtomGraph> graphs,
                            const InformationOptions& options);

}  // namespace fibonaqi::nn
