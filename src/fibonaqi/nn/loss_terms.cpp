#include "fibonaqi/nn/loss_terms.hpp"

#include <algorithm>
#include <numeric>

#include "fibonaqi/base/contract.hpp"

namespace fibonaqi::nn {
namespace {

// Collects on the host; one copy per tensor goes to the device.
struct HostLabels {
    std::vector<double> energy, forces, stress, has_energy, has_forces, has_stress;
};

void append_matrix(std::vector<double>& values, const Mat3& matrix) {
    for (const Vec3& row : matrix) {
        values.insert(values.end(), row.begin(), row.end());
    }
}

void append(HostLabels& host, const Labels& labels, std::size_t atoms, double volume) {
    FIBONAQI_EXPECT(labels.forces.empty() || labels.forces.size() == atoms);
    host.energy.push_back(labels.energy.value_or(0.0));
    host.has_energy.push_back(labels.energy.has_value() ? 1.0 : 0.0);
    for (std::size_t atom = 0; atom < atoms; ++atom) {
        const Vec3 force = labels.forces.empty() ? Vec3{} : labels.forces[atom];
        host.forces.insert(host.forces.end(), force.begin(), force.end());
    }
    host.has_forces.push_back(labels.forces.empty() ? 0.0 : 1.0);
    const bool has_stress = labels.stress.has_value() && volume > 0.0;
    append_matrix(host.stress, has_stress ? *labels.stress : Mat3{});
    host.has_stress.push_back(has_stress ? 1.0 : 0.0);
}

at::Tensor to_tensor(const std::vector<double>& values, std::vector<std::int64_t> shape,
                     const at::Device& device) {
    return at::tensor(values, at::kDouble).reshape(shape).to(device);
}

// Sum over the atoms of each structure: [N] -> [B].
at::Tensor sum_by_graph(const at::Tensor& per_atom, const GraphBatch& batch) {
    return at::zeros({batch.graphs()}, per_atom.options()).index_add(0, batch.graph, per_atom);
}

// p of every error (LossKind in loss_options.hpp). `delta` has the shape of the errors, or broadcasts to it.
at::Tensor penalty(const at::Tensor& error, const at::Tensor& delta, LossKind kind) {
    if (kind == LossKind::weighted) {
        return error.square();
    }
    const at::Tensor length = error.abs();
    return at::where(length <= delta, 0.5 * error.square(), delta * (length - 0.5 * delta));
}

at::Tensor delta_of(const at::Tensor& error, const LossOptions& options) {
    return at::full({}, options.huber_delta, error.options().requires_grad(false));
}

// delta of every atom [N, 1]: smaller where the labelled force is large, with the universal loss.
at::Tensor force_deltas(const at::Tensor& forces, const LossOptions& options) {
    at::Tensor deltas = at::full({forces.size(0), 1}, options.huber_delta, forces.options());
    if (options.kind == LossKind::universal) {
        const at::Tensor length = at::linalg_vector_norm(forces, 2, {1}, /*keepdim=*/true);
        for (const ForceTier& tier : force_tiers) {
            deltas.masked_fill_(length >= tier.force, options.huber_delta * tier.factor);
        }
    }
    return deltas;
}

at::Tensor energy_term(const NetworkOutput& output, const at::Tensor& atoms, const BatchLabels& labels,
                       const LossOptions& options) {
    const at::Tensor difference = (output.energy.to(at::kDouble) - labels.energy) / atoms;
    return labels.has_energy * penalty(difference, delta_of(difference, options), options.kind);
}

at::Tensor force_term(const NetworkOutput& output, const GraphBatch& batch, const BatchLabels& labels,
                      const LossOptions& options) {
    FIBONAQI_EXPECT(output.forces.defined());
    const at::Tensor difference = output.forces.to(at::kDouble) - labels.forces;
    const at::Tensor deltas = force_deltas(labels.forces, options);
    const at::Tensor sums = sum_by_graph(penalty(difference, deltas, options.kind).sum(1), batch);
    if (options.normalisation == ForceNormalisation::per_structure) {
        return labels.has_forces * sums / (3.0 * batch.atoms_per_graph.to(at::kDouble));
    }
    const double mean = options.mean_atoms > 0.0
                            ? options.mean_atoms
                            : static_cast<double>(batch.atoms()) / static_cast<double>(batch.graphs());
    return labels.has_forces * sums / (3.0 * mean);
}

}  // namespace

BatchLabels make_batch_labels(std::span<const Labels> labels, const GraphBatch& batch) {
    FIBONAQI_EXPECT(static_cast<std::int64_t>(labels.size()) == batch.graphs());
    const at::Tensor atoms = batch.atoms_per_graph.cpu();
    const at::Tensor volumes = batch.volume.cpu();
    HostLabels host;
    for (std::size_t graph = 0; graph < labels.size(); ++graph) {
        append(host, labels[graph], static_cast<std::size_t>(atoms.data_ptr<std::int64_t>()[graph]),
               volumes.data_ptr<double>()[graph]);
    }
    const at::Device device = batch.positions.device();
    const auto graphs = static_cast<std::int64_t>(labels.size());
    return {
        to_tensor(host.energy, {graphs}, device),       to_tensor(host.forces, {batch.atoms(), 3}, device),
        to_tensor(host.stress, {graphs, 3, 3}, device), to_tensor(host.has_energy, {graphs}, device),
        to_tensor(host.has_forces, {graphs}, device),   to_tensor(host.has_stress, {graphs}, device)};
}

at::Tensor stress_of(const NetworkOutput& output, const GraphBatch& batch) {
    FIBONAQI_EXPECT(output.virial.defined());
    const at::Tensor is_periodic = batch.volume > 0.0;
    // Division by 1 where there is no volume: a division by 0 would poison the gradient even when masked.
    const at::Tensor volume = at::where(is_periodic, batch.volume, at::ones_like(batch.volume));
    const at::Tensor scale = is_periodic.to(at::kDouble) / volume;
    return -output.virial.to(at::kDouble) * scale.view({-1, 1, 1});
}

at::Tensor structure_losses(const NetworkOutput& output, const GraphBatch& batch, const BatchLabels& labels,
                            const LossOptions& options) {
    const LossWeights& weights = options.weights;
    const at::Tensor atoms = batch.atoms_per_graph.to(at::kDouble);
    at::Tensor loss = weights.energy * energy_term(output, atoms, labels, options);
    if (weights.force != 0.0) {
        loss = loss + weights.force * force_term(output, batch, labels, options);
    }
    if (weights.stress != 0.0) {
        const at::Tensor difference = stress_of(output, batch) - labels.stress;
        const at::Tensor penalties = penalty(difference, delta_of(difference, options), options.kind);
        loss = loss + weights.stress * labels.has_stress * penalties.mean({1, 2});
    }
    return loss;
}

double mean_atoms(std::span<const AtomGraph> graphs) {
    FIBONAQI_EXPECT(!graphs.empty());
    const std::size_t atoms =
        std::accumulate(graphs.begin(), graphs.end(), std::size_t{0},
                        [](std::size_t sum, const AtomGraph& graph) { return sum + graph.size(); });
    return static_cast<double>(atoms) / static_cast<double>(graphs.size());
}

NetworkRequest request_for_loss(const LossWeights& weights) {
    NetworkRequest request;
    request.forces = weights.force != 0.0;
    request.virial = weights.stress != 0.0;
    request.create_graph = true;
    request.hidden = false;
    return request;
}

}  // namespace fibonaqi::nn
