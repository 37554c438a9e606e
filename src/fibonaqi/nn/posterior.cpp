#include "fibonaqi/nn/posterior.hpp"

#include <cmath>

#include "fibonaqi/base/contract.hpp"
#include "fibonaqi/base/error.hpp"
#include "fibonaqi/base/rng.hpp"
#include "fibonaqi/nn/last_layer_jacobian.hpp"
#include "fibonaqi/nn/loss_terms.hpp"

namespace fibonaqi::nn {
namespace {

at::Tensor sum_by_graph(const at::Tensor& per_atom, const GraphBatch& batch) {
    std::vector<std::int64_t> shape = per_atom.sizes().vec();
    shape[0] = batch.graphs();
    return at::zeros(shape, per_atom.options()).index_add(0, batch.graph, per_atom);
}

LastLayerMoments moments_of_chunk(const Network& network, std::span<const AtomGraph> graphs) {
    const LastLayerJacobian jacobian = last_layer_jacobian(network, graphs);
    const at::Tensor gram = at::matmul(jacobian.forces, jacobian.forces.transpose(1, 2));
    return {jacobian.energy, sum_by_graph(gram, jacobian.batch),
            jacobian.batch.atoms_per_graph.to(at::kDouble)};
}

// Mean square force spread over all components of the structures, for a covariance A^-1.
double mean_square_spread(const at::Tensor& covariance, const LastLayerMoments& moments) {
    const at::Tensor squares = (covariance.unsqueeze(0) * moments.force_gram).sum();
    return squares.item<double>() / (3.0 * moments.atoms.sum().item<double>());
}

at::Tensor inverse_of(const at::Tensor& factor) {
    return at::cholesky_inverse(factor);
}

}  // namespace

LastLayerMoments last_layer_moments(const Network& network, std::span<const AtomGraph> graphs,
                                    std::size_t chunk, const ChunkProgress& progress) {
    FIBONAQI_EXPECT(!graphs.empty());
    const FrozenParameters frozen(network);
    std::vector<at::Tensor> energy, gram, atoms;
    for_each_chunk(graphs.size(), chunk, progress, [&](std::size_t begin, std::size_t end) {
        const LastLayerMoments part = moments_of_chunk(network, graphs.subspan(begin, end - begin));
        energy.push_back(part.energy);
        gram.push_back(part.force_gram);
        atoms.push_back(part.atoms);
    });
    return {at::cat(energy, 0), at::cat(gram, 0), at::cat(atoms, 0)};
}

LastLayerPosterior::LastLayerPosterior(const at::Tensor& precision, const LastLayerMoments& calibration,
                                       double force_spread)
    : factor_(at::linalg_cholesky(precision)) {
    FIBONAQI_EXPECT(std::isfinite(force_spread) && force_spread >= 0.0);
    const double predicted = mean_square_spread(inverse_of(factor_), calibration);
    if (!(predicted > 0.0)) {
        throw Error(
            "the last-layer posterior predicts no spread of forces (no force of these structures depends on "
            "the "
            "last layer) use structures with interacting atoms, or the feature kind prediction_gradient");
    }
    scale_ = force_spread / std::sqrt(predicted);
}

LastLayerPosterior LastLayerPosterior::prior(const LastLayerMoments& candidates, double force_spread) {
    const at::Tensor identity = at::eye(candidates.energy.size(1), candidates.energy.options());
    return {identity, candidates, force_spread};
}

LastLayerPosterior LastLayerPosterior::fit(const LastLayerMoments& labelled, double force_rmse,
                                           const PosteriorOptions& options) {
    FIBONAQI_EXPECT(options.regularisation > 0.0);
    const at::Tensor per_atom = labelled.energy / labelled.atoms.unsqueeze(1);
    const at::Tensor energy_part = at::mm(per_atom.t(), per_atom);
    const at::Tensor force_part = (labelled.force_gram / (3.0 * labelled.atoms).view({-1, 1, 1})).sum(0);
    const at::Tensor data = options.weights.energy * energy_part + options.weights.force * force_part;
    const auto width = static_cast<double>(data.size(0));
    const double mean_eigenvalue =
        data.trace().item<double>() / (width * static_cast<double>(labelled.size()));
    const double lambda = mean_eigenvalue > 0.0 ? options.regularisation * mean_eigenvalue : 1.0;
    return {data + lambda * at::eye(data.size(0), data.options()), labelled, force_rmse};
}

at::Tensor LastLayerPosterior::draw(std::uint64_t seed, std::uint64_t cycle, std::uint64_t item) const {
    KeyedRng rng(seed, "last-layer posterior", cycle, item);
    std::vector<double> normals(static_cast<std::size_t>(factor_.size(0)));
    for (double& value : normals) {
        value = rng.normal();
    }
    // z ~ N(0, 1), A = L L^T: L^-T z has the covariance A^-1. Small: on the host, the same on every device.
    const at::Tensor z = at::tensor(normals, at::kDouble).unsqueeze(1);
    const at::Tensor solved = at::linalg_solve(factor_.to(at::kCPU).t(), z);
    return (scale_ * solved.squeeze(1)).to(factor_.device());
}

at::Tensor LastLayerPosterior::covariance() const {
    return scale_ * scale_ * inverse_of(factor_);
}

}  // namespace fibonaqi::nn
