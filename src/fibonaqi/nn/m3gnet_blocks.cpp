#include "fibonaqi/nn/m3gnet_blocks.hpp"

#include <cmath>
#include <numbers>

#include "fibonaqi/nn/radial.hpp"

namespace fibonaqi::nn {
namespace {

constexpr int envelope_power = 3;  // of the weight of bonds in angles, as in matgl

}  // namespace

M3GNetGeometry::M3GNetGeometry(const M3GNetOptions& options, const at::TensorOptions& tensors)
    : options_(options), harmonics_(static_cast<int>(options.sizes.orders) - 1, tensors) {
    const M3GNetSizes& sizes = options.sizes;
    if (sizes.is_smooth) {
        smooth_.emplace(sizes.angular(), options.cutoff, tensors);
    } else {
        ordinary_.emplace(sizes.orders, sizes.functions, options.cutoff, tensors);
    }
}

at::Tensor M3GNetGeometry::basis(const at::Tensor& length) const {
    const at::Tensor inside = length.clamp_max(options_.cutoff);  // where all functions are 0
    return smooth_ ? smooth_->evaluate(inside) : ordinary_->evaluate(inside);
}

M3GNetEdges M3GNetGeometry::evaluate(const GraphBatch& batch, const at::Tensor& vectors) const {
    const at::Tensor length = at::linalg_vector_norm(vectors, 2, {1});
    const at::Tensor functions = basis(length);
    M3GNetEdges edges;
    edges.i = options_.is_summed_at_angles ? batch.receiver : batch.sender;
    edges.j = options_.is_summed_at_angles ? batch.sender : batch.receiver;
    edges.receiver = batch.receiver;
    edges.radial = functions.narrow(1, 0, options_.sizes.radial());

    M3GNetAngles& angles = edges.angles;
    angles.edge = at::nonzero(length.detach() < options_.three_body_cutoff).squeeze(1);
    angles.i = edges.i.index_select(0, angles.edge);
    angles.j = edges.j.index_select(0, angles.edge);
    const at::Tensor near = length.index_select(0, angles.edge).unsqueeze(1);
    angles.harmonics = harmonics_.evaluate(vectors.index_select(0, angles.edge) / near);
    angles.weight = polynomial_envelope(near / options_.three_body_cutoff, envelope_power);
    angles.basis = functions.index_select(0, angles.edge) * angles.weight;
    return edges;
}

M3GNetAngleUpdate::M3GNetAngleUpdate(WeightReader& weights, const M3GNetSizes& sizes,
                                     const std::string& number)
    : sizes_(sizes),
      atom_(weights, "three_body_interactions." + number + ".update_network_atom.layers.0",
            sizes.node_channels, sizes.angular()) {
    const std::string bond = "three_body_interactions." + number + ".update_network_bond.";
    values_ = weights.parameter(bond + "layers.0.weight", {sizes.edge_channels, sizes.angular()});
    gates_ = weights.parameter(bond + "gates.0.weight", {sizes.edge_channels, sizes.angular()});
}

at::Tensor M3GNetAngleUpdate::sums(const at::Tensor& atoms, const M3GNetAngles& angles) const {
    const at::Tensor terms = angles.basis * at::sigmoid(atom_.evaluate(atoms)).index_select(0, angles.j);
    std::vector<at::Tensor> of_order;
    for (std::int64_t l = 0; l < sizes_.orders; ++l) {
        const at::Tensor harmonics = angles.harmonics.narrow(1, l * l, 2 * l + 1).unsqueeze(2);
        const at::Tensor own = terms.narrow(1, l * sizes_.functions, sizes_.functions);
        const at::Tensor around = at::zeros({atoms.size(0), 2 * l + 1, sizes_.functions}, terms.options())
                                      .index_add(0, angles.i, harmonics * own.unsqueeze(1));
        // (2l + 1) P_l(cos) = sum of products of harmonics; Y_l0 = sqrt((2l + 1) / 4 pi) P_l; P_l(1) = 1.
        const double components = 2.0 * static_cast<double>(l) + 1.0;
        const at::Tensor all = (harmonics * around.index_select(0, angles.i)).sum(1);
        of_order.push_back((all - components * own) / std::sqrt(4.0 * std::numbers::pi * components));
    }
    return at::cat(of_order, 1) * angles.weight;
}

at::Tensor M3GNetAngleUpdate::evaluate(const M3GNetFeatures& features, const M3GNetAngles& angles) const {
    const at::Tensor sum = sums(features.atoms, angles);
    const at::Tensor update = at::silu(at::mm(sum, values_.t())) * at::sigmoid(at::mm(sum, gates_.t()));
    return features.edges.index_add(0, angles.edge, update);
}

M3GNetMessages::M3GNetMessages(WeightReader& weights, const M3GNetSizes& sizes, const std::string& prefix,
                               std::int64_t out)
    : values_(read(weights, sizes, prefix + "_update_func.layers.", out)),
      gates_(read(weights, sizes, prefix + "_update_func.gates.", out)),
      radial_(weights.parameter(prefix + "_weight_func.weight", {out, sizes.radial()})) {}

M3GNetMessages::Branch M3GNetMessages::read(WeightReader& weights, const M3GNetSizes& sizes,
                                            const std::string& prefix, std::int64_t out) {
    Branch branch;
    const std::int64_t in = 2 * sizes.node_channels + sizes.edge_channels;
    branch.weight = weights.parameter(prefix + "0.weight", {sizes.units, in});
    branch.bias = weights.parameter(prefix + "0.bias", {sizes.units});
    branch.layers.emplace_back(weights, prefix + "2", sizes.units, sizes.units);
    branch.layers.emplace_back(weights, prefix + "4", sizes.units, out);
    return branch;
}

// The first layer is linear in atoms: their part is computed once for each, not for every edge.
at::Tensor M3GNetMessages::evaluate(const Branch& branch, const M3GNetFeatures& features,
                                    const M3GNetEdges& edges) {
    const std::int64_t nodes = features.atoms.size(1), bonds = features.edges.size(1);
    const auto of_atoms = [&](std::int64_t begin, const at::Tensor& atom) {
        return at::mm(features.atoms, branch.weight.narrow(1, begin, nodes).t()).index_select(0, atom);
    };
    at::Tensor values =
        at::addmm(branch.bias, features.edges, branch.weight.narrow(1, 2 * nodes, bonds).t()) +
        of_atoms(0, edges.i) + of_atoms(nodes, edges.j);
    for (const Dense& layer : branch.layers) {
        values = layer.evaluate(at::silu(values));
    }
    return values;
}

at::Tensor M3GNetMessages::evaluate(const M3GNetFeatures& features, const M3GNetEdges& edges) const {
    return at::silu(evaluate(values_, features, edges)) * at::sigmoid(evaluate(gates_, features, edges)) *
           at::mm(edges.radial, radial_.t());
}

M3GNetBlock::M3GNetBlock(WeightReader& weights, const M3GNetSizes& sizes, const std::string& number)
    : angles_(weights, sizes, number),
      to_edges_(weights, sizes, "graph_layers." + number + ".conv.edge", sizes.edge_channels),
      to_atoms_(weights, sizes, "graph_layers." + number + ".conv.node", sizes.node_channels) {}

M3GNetFeatures M3GNetBlock::evaluate(const M3GNetFeatures& features, const M3GNetEdges& edges) const {
    M3GNetFeatures now = features;
    now.edges = angles_.evaluate(now, edges.angles);
    now.edges = now.edges + to_edges_.evaluate(now, edges);
    now.atoms = now.atoms.index_add(0, edges.receiver, to_atoms_.evaluate(now, edges));
    return now;
}

}  // namespace fibonaqi::nn
