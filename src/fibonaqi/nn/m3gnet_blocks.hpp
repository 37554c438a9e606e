// The parts of a block of M3GNet (Chen and Ong, Nat. Comput. Sci. 2, 718 (2022)): bonds learn of the angles
// around them, then bonds and atoms of each other.
//
// i is the atom of an edge at which angles are measured, j the atom at its other end.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <ATen/ATen.h>

#include "fibonaqi/nn/bessel_bases.hpp"
#include "fibonaqi/nn/dense.hpp"
#include "fibonaqi/nn/graph_batch.hpp"
#include "fibonaqi/nn/m3gnet_options.hpp"
#include "fibonaqi/nn/spherical_harmonics.hpp"

namespace fibonaqi::nn {

/// Edges shorter than the cutoff of angles: E' of E.
struct M3GNetAngles {
    at::Tensor edge;       ///< [E'] int64: their numbers among all edges
    at::Tensor i, j;       ///< [E'] int64
    at::Tensor harmonics;  ///< [E', orders^2]: real spherical harmonics of their directions
    at::Tensor weight;     ///< [E', 1]: ends smoothly at the cutoff of angles
    at::Tensor basis;      ///< [E', orders * functions]: radial functions times weight
};

/// What the blocks know of the graph.
struct M3GNetEdges {
    at::Tensor i, j;      ///< [E] int64
    at::Tensor receiver;  ///< [E] int64: i or j, where messages are summed
    at::Tensor radial;    ///< [E, R]: radial functions
    M3GNetAngles angles;
};

/// Features of atoms [N, node_channels] and of edges [E, edge_channels].
struct M3GNetFeatures {
    at::Tensor atoms, edges;
};

/// Radial functions and spherical harmonics of the edges of a batch.
class M3GNetGeometry {
  public:
    M3GNetGeometry(const M3GNetOptions& options, const at::TensorOptions& tensors);

    /// vectors [E, 3] [angstrom], from sender to receiver. Edges longer than the cutoff do nothing.
    M3GNetEdges evaluate(const GraphBatch& batch, const at::Tensor& vectors) const;

  private:
    at::Tensor basis(const at::Tensor& length) const;  // [E] -> [E, orders * functions]

    M3GNetOptions options_;
    SphericalHarmonics harmonics_;
    std::optional<SmoothBesselBasis> smooth_;
    std::optional<SphericalBesselBasis> ordinary_;
};

/// Equations 2 and 3 there, in matgl's order of functions:
///   t_ij,ln = f(r_ij) sum over k != j of f(r_ik) s_ln(r_ik) Y_l0(cos jik) sigmoid(A v_k + a)_ln
///   e_ij <- e_ij + silu(B t_ij) sigmoid(C t_ij)
/// with v of atoms, e of edges. As P_l of an angle is a sum of products of spherical harmonics of the two
/// directions, the sum over pairs of edges is one over edges, less the edge itself.
class M3GNetAngleUpdate {
  public:
    /// `number`: of the block.
    M3GNetAngleUpdate(WeightReader& weights, const M3GNetSizes& sizes, const std::string& number);

    at::Tensor evaluate(const M3GNetFeatures& features, const M3GNetAngles& angles) const;  ///< the new e

  private:
    // t of the edges of `angles`: [E', orders * functions].
    at::Tensor sums(const at::Tensor& atoms, const M3GNetAngles& angles) const;

    M3GNetSizes sizes_;
    Dense atom_;
    at::Tensor values_, gates_;
};

/// Messages silu(...) sigmoid(...) W radial of every edge: two perceptrons of three layers see v_i, v_j and
/// e_ij side by side (equations 4 and 5 there).
class M3GNetMessages {
  public:
    /// `prefix`: "graph_layers.0.conv.edge".
    M3GNetMessages(WeightReader& weights, const M3GNetSizes& sizes, const std::string& prefix,
                   std::int64_t out);

    at::Tensor evaluate(const M3GNetFeatures& features, const M3GNetEdges& edges) const;  ///< [E, out]

  private:
    // Layers of one perceptron but for the last activation.
    struct Branch {
        at::Tensor weight, bias;  // of the first layer, columns: v_i, v_j, e_ij
        std::vector<Dense> layers;
    };
    static Branch read(WeightReader& weights, const M3GNetSizes& sizes, const std::string& prefix,
                       std::int64_t out);
    static at::Tensor evaluate(const Branch& branch, const M3GNetFeatures& features,
                               const M3GNetEdges& edges);

    Branch values_, gates_;
    at::Tensor radial_;  // [out, R]
};

/// Angles to edges, then messages to edges, then messages of the new edges to atoms.
class M3GNetBlock {
  public:
    M3GNetBlock(WeightReader& weights, const M3GNetSizes& sizes, const std::string& number);

    M3GNetFeatures evaluate(const M3GNetFeatures& features, const M3GNetEdges& edges) const;

  private:
    M3GNetAngleUpdate angles_;
    M3GNetMessages to_edges_, to_atoms_;
};

}  // namespace fibonaqi::nn
