// Features of structures that no model has a part in: what they are made of, and how far their atoms are from
// each other. They do not shrink as a model learns, and cost next to nothing.
#pragma once

#include <span>
#include <vector>

#include <ATen/ATen.h>

#include "fibonaqi/atoms/atom_graph.hpp"

namespace fibonaqi::nn {

/// What the columns stand for: the same for all rows that are to be compared.
struct InputColumns {
    std::vector<int> species;  ///< atomic numbers, ascending; every element of the structures is among them
    double cutoff = 0.0;       ///< [angstrom] of geometry; the graphs hold all pairs that are nearer
};

/// Atomic numbers that occur, ascending.
std::vector<int> elements_of(std::span<const AtomGraph> graphs);

/// Share of each element: [n, S] float64, every row sums to 1.
at::Tensor composition_rows(std::span<const AtomGraph> graphs, const InputColumns& columns);

/// Basis functions per pair of elements.
inline constexpr int radial_columns = 16;

/// How many neighbours the atoms have, and where:
///   g_abk = (1/N) sum over ordered pairs (i, j) of the elements {a, b} of exp(-(r - m_k)^2 / (2 s^2)) f(r),
/// f(r) = (1 + cos(pi r / c)) / 2 below the cutoff c, m_k = k s for k = 1 ... 16, s = c / 16; and behind them
/// the edge of the cube that an atom fills, (V/N)^(1/3) [angstrom], 0 where the structure is not fully
/// periodic. Radial symmetry functions (Behler, Parrinello, Phys. Rev. Lett. 98, 146401 (2007)) averaged over
/// the atoms: smooth, the same for a structure that is turned, mirrored, renumbered, or repeated as a
/// supercell. [n, 16 S (S + 1) / 2 + 1] float64, pairs in the order (1, 1), (1, 2), ..., (2, 2), ....
at::Tensor geometry_rows(std::span<const AtomGraph> graphs, const InputColumns& columns);

}  // namespace fibonaqi::nn
