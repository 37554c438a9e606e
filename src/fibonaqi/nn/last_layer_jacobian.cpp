#include "fibonaqi/nn/last_layer_jacobian.hpp"

#include <torch/csrc/autograd/autograd.h>

#include "fibonaqi/nn/sample_gradients.hpp"

namespace fibonaqi::nn {
namespace {

// Forces of every unit vector of w: [d, N, 3]. hidden [B, d] must depend on positions.
at::Tensor force_jacobian(const at::Tensor& hidden, const at::Tensor& positions) {
    std::vector<at::Tensor> columns;
    for (std::int64_t k = 0; k < hidden.size(1); ++k) {
        const at::Tensor column = torch::autograd::grad({hidden.select(1, k).sum()}, {positions}, {},
                                                        /*retain_graph=*/true, /*create_graph=*/false,
                                                        /*allow_unused=*/true)[0];
        // Undefined where nothing depends on positions: atoms without neighbours only.
        columns.push_back(column.defined()
                              ? -column.to(at::kDouble)
                              : at::zeros_like(positions, positions.options().dtype(at::kDouble)));
    }
    return at::stack(columns, 0);
}

}  // namespace

LastLayerJacobian last_layer_jacobian(const Network& network, std::span<const AtomGraph> graphs,
                                      const JacobianOptions& options) {
    LastLayerJacobian jacobian;
    GraphBatch& batch = jacobian.batch;
    batch = make_batch(graphs, network.card(), network.options());
    batch.positions = batch.positions.detach().requires_grad_(true);
    at::Tensor energy;
    if (options.readouts == ReadoutSet::final_linear && !options.directions.defined()) {
        NetworkRequest request;
        request.forces = false;
        request.create_graph = true;
        const at::Tensor of_atoms = network.evaluate(batch, request).last_hidden.to(at::kDouble);
        jacobian.node_energy = of_atoms.detach();
        energy = at::zeros({batch.graphs(), of_atoms.size(1)}, of_atoms.options().requires_grad(false))
                     .index_add(0, batch.graph, of_atoms);
    } else {
        energy = energy_gradients(network, batch, options.readouts, /*create_graph=*/true);
    }
    if (options.directions.defined()) {
        energy = at::mm(energy, options.directions.to(energy.device()));
    }
    // Without edges nothing depends on positions and there is no graph to walk.
    const at::Tensor forces = energy.requires_grad() ? force_jacobian(energy, batch.positions)
                                                     : at::zeros({energy.size(1), batch.atoms(), 3},
                                                                 energy.options().dtype(at::kDouble));
    batch.positions = batch.positions.detach();
    jacobian.energy = energy.detach();
    jacobian.forces = forces.permute({1, 0, 2});
    return jacobian;
}

}  // namespace fibonaqi::nn
