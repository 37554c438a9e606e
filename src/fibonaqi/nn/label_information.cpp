#include "fibonaqi/nn/label_information.hpp"

#include <cmath>

#include "fibonaqi/base/contract.hpp"
#include "fibonaqi/base/rng.hpp"
#include "fibonaqi/nn/last_layer_jacobian.hpp"

namespace fibonaqi::nn {
namespace {

// [d, p], column k keyed by (seed, k).
at::Tensor random_directions(std::int64_t width, std::size_t count, std::uint64_t seed) {
    at::Tensor directions = at::empty({static_cast<std::int64_t>(count), width}, at::kDouble);
    for (std::size_t k = 0; k < count; ++k) {
        KeyedRng rng(seed, "force jacobian direction", 0, k);
        double* values = directions.data_ptr<double>() + k * static_cast<std::size_t>(width);
        for (std::int64_t i = 0; i < width; ++i) {
            values[i] = rng.normal();
        }
    }
    return directions.t().contiguous();
}

// M of every graph, or what the directions show of it: [B, p, p].
at::Tensor information_of(const LastLayerJacobian& jacobian, const LossWeights& weights) {
    const at::Tensor atoms = jacobian.batch.atoms_per_graph.to(at::kDouble).view({-1, 1, 1});
    const at::Tensor energy = jacobian.energy.unsqueeze(2) / atoms;
    const at::Tensor of_atoms = at::matmul(jacobian.forces, jacobian.forces.transpose(1, 2));
    const at::Tensor forces =
        at::zeros({jacobian.batch.graphs(), of_atoms.size(1), of_atoms.size(2)}, of_atoms.options())
            .index_add(0, jacobian.batch.graph, of_atoms);
    return weights.energy * at::matmul(energy, energy.transpose(1, 2)) +
           weights.force * forces / (3.0 * atoms);
}

// [B, p, p] -> [B, c]; `offset` 0 takes the diagonal in.
at::Tensor upper_triangle(const at::Tensor& matrices, std::int64_t offset) {
    const std::int64_t width = matrices.size(1);
    const at::Tensor places = at::triu_indices(width, width, offset).to(matrices.device());
    return matrices.flatten(1).index_select(1, places[0] * width + places[1]);
}

at::Tensor exact_rows(const at::Tensor& information) {
    const at::Tensor twice = std::sqrt(2.0) * information;
    const at::Tensor diagonal = at::eye(information.size(1), information.options());
    return upper_triangle(at::where(diagonal > 0.0, information, twice), 0);
}

}  // namespace

at::Tensor information_rows(const Network& network, std::span<const AtomGraph> graphs,
                            const InformationOptions& options) {
    FIBONAQI_EXPECT(options.directions > 1);
    const std::int64_t width = last_layer_weights(network, options.readouts).numel();
    const bool is_exact = width <= static_cast<std::int64_t>(options.directions);
    const at::Tensor directions =
        is_exact ? at::Tensor() : random_directions(width, options.directions, options.seed);
    const FrozenParameters frozen(network);
    std::vector<at::Tensor> rows;
    for_each_chunk(graphs.size(), options.chunk, options.progress, [&](std::size_t begin, std::size_t end) {
        const at::Tensor information = information_of(
            last_layer_jacobian(network, graphs.subspan(begin, end - begin), {options.readouts, directions}),
            options.weights);
        const at::Tensor seen = is_exact ? exact_rows(information) : upper_triangle(information, 1);
        rows.push_back(is_exact ? seen : seen / std::sqrt(static_cast<double>(seen.size(1))));
    });
    return rows.empty() ? at::zeros({0, 0}, at::kDouble) : at::cat(rows, 0);
}

}  // namespace fibonaqi::nn
