// Which irreps come out of tensor products and linear maps: what the shapes of equivariant networks follow
// from.
#pragma once

#include <cstddef>
#include <vector>

#include "fibonaqi/model/irreps.hpp"

namespace fibonaqi {

/// Block `input` of the features times harmonics of order l make channels of irrep `output`.
struct CouplingPath {
    std::size_t input = 0;
    int l = 0;
    Irrep output;
};

/// All paths from `features` times `harmonics` (one block per l) to irreps of `wanted` that the rules of
/// coupling and parity allow, ordered by output (Irrep's order), then input, then l: the order in which MACE
/// and NequIP keep their radial weights.
std::vector<CouplingPath> coupling_paths(const Irreps& features, const Irreps& harmonics,
                                         const std::vector<Irrep>& wanted);

/// Every irrep up to order `highest_l` that such paths can lead to, in Irrep's order.
std::vector<Irrep> reachable_irreps(const Irreps& features, const Irreps& harmonics, int highest_l);

/// What these paths make: one block per irrep, in Irrep's order; its channels are those of its paths, in
/// their order.
Irreps coupled_irreps(const Irreps& features, const std::vector<CouplingPath>& paths);

/// One matrix of a linear map: from an input block to an output block of the same irrep.
struct LinearPart {
    std::size_t input = 0, output = 0;
    std::int64_t rows = 0, columns = 0;  ///< channels of the two
    std::int64_t begin = 0;  ///< where it begins in the flat weight, in units of `elements` numbers
    double scale = 1.0;      ///< 1 / sqrt(all input channels of the irrep * elements)
};

/// All of them, input block outermost, in the convention of e3nn (nn/irreps_linear.hpp). `elements`: how many
/// matrices each stands for.
std::vector<LinearPart> linear_parts(const Irreps& in, const Irreps& out, std::int64_t elements = 1);

/// Numbers in the flat weight of all parts together, in units of `elements` numbers.
std::int64_t numbers_of(const std::vector<LinearPart>& parts);

/// Where a part of the features of a gated nonlinearity (nn/gate.hpp) stands in its input.
struct GatePart {
    std::size_t block = 0;           ///< of GateInputs::irreps
    std::int64_t first_channel = 0;  ///< in that block
};

/// What a gate takes in to give `outputs`: the scalars themselves, one even scalar as a gate for every
/// channel of higher order, and what is gated; sorted by irrep, blocks of one irrep joined.
struct GateInputs {
    Irreps irreps;
    std::vector<GatePart> outputs;  ///< of each block of `outputs`
    GatePart gates;                 ///< of all gates, in the order of the channels that they gate
};
GateInputs gate_inputs(const Irreps& outputs);

}  // namespace fibonaqi
