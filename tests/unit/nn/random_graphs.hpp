// Random structures of oxygen and silicon with their graphs and labels, for tests of what works on batches.
#pragma once

#include <cmath>

#include "fibonaqi/atoms/atom_graph.hpp"
#include "fibonaqi/atoms/labels.hpp"
#include "fibonaqi/base/contract.hpp"
#include "fibonaqi/base/rng.hpp"
#include "fibonaqi/nn/posterior.hpp"

#include "tests/support/toy_network.hpp"

namespace fibonaqi::test {

/// Atoms on a distorted grid 1.9 angstrom apart, periodic for even seeds; 2 to 9 of them.
inline Structure random_structure(std::uint64_t seed) {
    KeyedRng rng(seed, "test structure");
    Structure structure;
    const std::size_t atoms = 2 + seed % 8;
    for (std::size_t i = 0; i < atoms; ++i) {
        structure.atomic_numbers.push_back(rng.uniform() < 0.5 ? 8 : 14);
        Vec3 position{1.9 * static_cast<double>(i % 2), 1.9 * static_cast<double>(i / 2 % 2),
                      1.9 * static_cast<double>(i / 4)};
        for (double& component : position) {
            component += 0.3 * (rng.uniform() - 0.5);
        }
        structure.positions.push_back(position);
    }
    if (seed % 2 == 0) {
        structure.cell = {{{4.1, 0.2, 0.0}, {0.0, 4.3, -0.3}, {0.1, 0.0, 5.9}}};
        structure.pbc = {true, true, true};
    }
    return structure;
}

struct Sample {
    std::vector<Structure> structures;
    std::vector<AtomGraph> graphs;
    std::vector<Labels> labels;
};

/// Labels are predictions of the network plus noise [eV, eV/angstrom, eV/angstrom^3].
inline Sample random_sample(const nn::Network& network, std::size_t count, double noise = 0.3) {
    Sample sample;
    for (std::size_t i = 0; i < count; ++i) {
        sample.structures.push_back(random_structure(i));
        sample.graphs.push_back(make_graph(sample.structures.back(), network.card().cutoff));
    }
    const at::Tensor none = at::zeros({nn::last_layer_weights(network).numel()}, at::kDouble);
    sample.labels = nn::predict_labels(network, sample.graphs, none, true, count);
    KeyedRng rng(7, "test labels");
    for (Labels& labels : sample.labels) {
        *labels.energy += noise * rng.normal();
        for (Vec3& force : labels.forces) {
            for (double& component : force) {
                component += noise * rng.normal();
            }
        }
        for (std::size_t i = 0; labels.stress && i < 9; ++i) {
            (*labels.stress)[i / 3][i % 3] += 0.1 * noise * rng.normal();
        }
    }
    return sample;
}

/// |a - b| / |b| in the Frobenius norm.
inline double relative_difference(const at::Tensor& a, const at::Tensor& b) {
    return (a - b).square().sum().sqrt().item<double>() / b.square().sum().sqrt().item<double>();
}

inline at::Tensor parameter(const nn::Network& network, const std::string& name) {
    for (const auto& [known, tensor] : network.parameters()) {
        if (known == name) {
            return tensor;
        }
    }
    throw ContractError("no parameter " + name);
}

}  // namespace fibonaqi::test
