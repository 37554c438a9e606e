// Predictions of a network as labels: pseudo labels, and the force error that the posterior is calibrated
// with.
#include <cmath>

#include "fibonaqi/base/contract.hpp"
#include "fibonaqi/base/error.hpp"
#include "fibonaqi/nn/loss_terms.hpp"
#include "fibonaqi/nn/posterior.hpp"

namespace fibonaqi::nn {
namespace {

Vec3 vector_at(const double* values, std::int64_t row) {
    return {values[3 * row], values[3 * row + 1], values[3 * row + 2]};
}

Mat3 matrix_at(const double* values, std::int64_t index) {
    return {vector_at(values, 3 * index), vector_at(values, 3 * index + 1), vector_at(values, 3 * index + 2)};
}

at::Tensor on_host(const at::Tensor& values) {
    return values.detach().to(at::kCPU, at::kDouble).contiguous();
}

void append_labels(std::vector<Labels>& all, const NetworkOutput& output, const GraphBatch& batch,
                   bool want_stress) {
    const at::Tensor energy = on_host(output.energy);
    const at::Tensor forces = on_host(output.forces);
    const at::Tensor atoms = batch.atoms_per_graph.cpu();
    const at::Tensor volume = on_host(batch.volume);
    const at::Tensor stress = want_stress ? on_host(stress_of(output, batch)) : at::Tensor();
    std::int64_t atom = 0;
    for (std::int64_t graph = 0; graph < batch.graphs(); ++graph) {
        Labels labels;
        labels.energy = energy.data_ptr<double>()[graph];
        for (std::int64_t i = 0; i < atoms.data_ptr<std::int64_t>()[graph]; ++i, ++atom) {
            labels.forces.push_back(vector_at(forces.data_ptr<double>(), atom));
        }
        if (want_stress && volume.data_ptr<double>()[graph] > 0.0) {
            labels.stress = matrix_at(stress.data_ptr<double>(), graph);
        }
        all.push_back(std::move(labels));
    }
}

}  // namespace

std::vector<Labels> predict_labels(const Network& network, std::span<const AtomGraph> graphs,
                                   const at::Tensor& shift, bool want_stress, std::size_t chunk) {
    const at::Tensor weights = last_layer_weights(network);
    FIBONAQI_EXPECT(shift.numel() == weights.numel());
    const at::Tensor moved = (weights.to(at::kDouble) + shift.to(weights.device())).to(weights.scalar_type());
    const FrozenParameters frozen(network);
    std::vector<Labels> all;
    for_each_chunk(graphs.size(), chunk, {}, [&](std::size_t begin, std::size_t end) {
        const GraphBatch batch =
            make_batch(graphs.subspan(begin, end - begin), network.card(), network.options());
        NetworkRequest request;
        request.virial = want_stress;
        request.last_layer = moved.expand({batch.graphs(), -1}).contiguous();
        append_labels(all, network.evaluate(batch, request), batch, want_stress);
    });
    return all;
}

double force_rmse(std::span<const Labels> predicted, std::span<const Labels> reference) {
    FIBONAQI_EXPECT(predicted.size() == reference.size());
    double sum = 0.0;
    std::size_t count = 0;
    for (std::size_t i = 0; i < reference.size(); ++i) {
        for (std::size_t atom = 0; atom < reference[i].forces.size(); ++atom) {
            for (std::size_t axis = 0; axis < 3; ++axis) {
                const double difference = predicted[i].forces[atom][axis] - reference[i].forces[atom][axis];
                sum += difference * difference;
                ++count;
            }
        }
    }
    if (count == 0) {
        throw ConfigError(
            "no labelled frame has forces (the last-layer posterior is calibrated with their error) give "
            "frames "
            "with forces, or none and a prior force spread");
    }
    return std::sqrt(sum / static_cast<double>(count));
}

}  // namespace fibonaqi::nn
