#include "fibonaqi/nn/predictions.hpp"

#include "fibonaqi/nn/loss_terms.hpp"

namespace fibonaqi::nn {
namespace {

Vec3 vector_at(const double* values, std::int64_t row) {
    return {values[3 * row], values[3 * row + 1], values[3 * row + 2]};
}

Mat3 matrix_at(const double* values, std::int64_t index) {
    return {vector_at(values, 3 * index), vector_at(values, 3 * index + 1), vector_at(values, 3 * index + 2)};
}

at::Tensor on_host(const at::Tensor& values) {
    return values.defined() ? values.detach().to(at::kCPU, at::kDouble).contiguous() : values;
}

}  // namespace

std::vector<Prediction> predictions_of(const NetworkOutput& output, const GraphBatch& batch) {
    const at::Tensor energy = on_host(output.energy), node_energy = on_host(output.node_energy);
    const at::Tensor forces = on_host(output.forces), volume = on_host(batch.volume);
    const at::Tensor stress = output.virial.defined() ? on_host(stress_of(output, batch)) : at::Tensor();
    const at::Tensor atoms = batch.atoms_per_graph.cpu();
    std::vector<Prediction> predictions(static_cast<std::size_t>(batch.graphs()));
    std::int64_t atom = 0;
    for (std::int64_t graph = 0; graph < batch.graphs(); ++graph) {
        Prediction& prediction = predictions[static_cast<std::size_t>(graph)];
        prediction.energy = energy.data_ptr<double>()[graph];
        const std::int64_t end = atom + atoms.data_ptr<std::int64_t>()[graph];
        for (; atom < end; ++atom) {
            prediction.node_energy.push_back(node_energy.data_ptr<double>()[atom]);
            if (forces.defined()) {
                prediction.forces.push_back(vector_at(forces.data_ptr<double>(), atom));
            }
        }
        if (stress.defined() && volume.data_ptr<double>()[graph] > 0.0) {
            prediction.stress = matrix_at(stress.data_ptr<double>(), graph);
        }
    }
    return predictions;
}

}  // namespace fibonaqi::nn
