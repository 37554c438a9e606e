// What every architecture obeys, whatever it is made of. Include, and name a maker of a small random model
// that knows O, Mg and Si, with a cutoff of 4 to 5 angstrom:
//   INSTANTIATE_TEST_SUITE_P(Mine, NetworkContract, testing::Values(NetworkCase{"mine", my_model}));
// Everything is tried in float64, so that derivatives can be checked sharply.
#pragma once

#include <cmath>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <torch/csrc/autograd/autograd.h>

#include "fibonaqi/atoms/geometry.hpp"
#include "fibonaqi/base/error.hpp"
#include "fibonaqi/nn/loss_terms.hpp"
#include "fibonaqi/nn/network_potential.hpp"
#include "fibonaqi/nn/sample_gradients.hpp"

#include "tests/support/tiny_model.hpp"

namespace fibonaqi::test {

struct NetworkCase {
    std::string name;
    std::function<ModelFile()> model;
    bool ends_smoothly = true;  ///< forces of a neighbour are 0 at the cutoff, not its energy alone
};

inline void PrintTo(const NetworkCase& network, std::ostream* out) {
    *out << network.name;
}

class NetworkContract : public testing::TestWithParam<NetworkCase> {
  protected:
    static std::unique_ptr<nn::Network> make_network(at::ScalarType type = at::kDouble) {
        return nn::load_network(GetParam().model(), at::TensorOptions().dtype(type));
    }
    AtomGraph graph_of(const Structure& structure) const {
        return make_graph(structure, potential->card().cutoff);
    }
    Prediction predict(const Structure& structure) {
        const AtomGraph graph = graph_of(structure);
        return potential->evaluate({&graph, 1})[0];
    }
    double energy(const Structure& structure) { return predict(structure).energy; }

    std::unique_ptr<Potential> potential = nn::make_potential(make_network());
};

/// Energies, forces and (periodic only) stresses as no network predicts them.
inline Labels random_labels(const Structure& structure, std::uint64_t seed) {
    KeyedRng rng(seed, "labels of a contract");
    Labels labels;
    labels.energy = 10.0 * rng.normal();
    for (std::size_t atom = 0; atom < structure.size(); ++atom) {
        labels.forces.push_back({rng.normal(), rng.normal(), rng.normal()});
    }
    if (structure.pbc == std::array<bool, 3>{true, true, true}) {
        labels.stress = Mat3{};
        for (std::size_t i = 0; i < 3; ++i) {
            (*labels.stress)[i][i] = 0.1 * rng.normal();
        }
    }
    return labels;
}

/// Five structures, periodic or not, and labels for them.
struct ContractSet {
    std::vector<AtomGraph> graphs;
    std::vector<Labels> labels;

    explicit ContractSet(double cutoff) {
        for (std::uint64_t i = 0; i < 5; ++i) {
            const Structure structure = disordered_structure(i % 2 == 0, i);
            graphs.push_back(make_graph(structure, cutoff));
            labels.push_back(random_labels(structure, i));
        }
    }
};

/// Normal numbers in the shape of a float64 tensor.
inline at::Tensor random_like(const at::Tensor& tensor, std::uint64_t item) {
    at::Tensor values = at::empty_like(tensor, tensor.options().requires_grad(false));
    KeyedRng rng(1, "direction", 0, item);
    for (std::int64_t k = 0; k < values.numel(); ++k) {
        values.data_ptr<double>()[k] = rng.normal();
    }
    return values;
}

inline nn::LossOptions contract_loss() {
    nn::LossOptions loss;
    loss.weights = {1.0, 10.0, 5.0};
    loss.mean_atoms = 10.0;
    return loss;
}

inline Vec3 times(const Mat3& matrix, const Vec3& vector) {
    Vec3 result{};
    for (std::size_t i = 0; i < 3; ++i) {
        for (std::size_t k = 0; k < 3; ++k) {
            result[i] += matrix[i][k] * vector[k];
        }
    }
    return result;
}

/// A rotation about (1, 2, 3) by 0.7, followed by a reflection at the origin: O(3), not only SO(3).
inline Mat3 improper_rotation() {
    const double n = std::sqrt(14.0), x = 1.0 / n, y = 2.0 / n, z = 3.0 / n, c = std::cos(0.7),
                 s = std::sin(0.7), d = 1.0 - c;
    Mat3 matrix{{{c + x * x * d, x * y * d - z * s, x * z * d + y * s},
                 {y * x * d + z * s, c + y * y * d, y * z * d - x * s},
                 {z * x * d - y * s, z * y * d + x * s, c + z * z * d}}};
    for (Vec3& row : matrix) {
        for (double& entry : row) {
            entry = -entry;
        }
    }
    return matrix;
}

TEST_P(NetworkContract, forces_are_the_negative_derivative_of_the_energy) {
    constexpr double step = 1e-4;  // angstrom; the error of the difference is then about 1e-8 eV/angstrom
    for (const bool is_periodic : {false, true}) {
        const Structure structure = disordered_structure(is_periodic);
        const Prediction prediction = predict(structure);
        for (const std::size_t atom : {0u, 4u, 9u}) {
            for (std::size_t axis = 0; axis < 3; ++axis) {
                Structure plus = structure, minus = structure;
                plus.positions[atom][axis] += step;
                minus.positions[atom][axis] -= step;
                EXPECT_NEAR(prediction.forces[atom][axis], -(energy(plus) - energy(minus)) / (2.0 * step),
                            1e-6);
            }
        }
    }
}

TEST_P(NetworkContract, stress_is_the_derivative_with_respect_to_strain_over_the_volume) {
    constexpr double step = 1e-5;
    const Structure structure = disordered_structure(true);
    const Mat3 stress = predict(structure).stress.value();
    for (std::size_t i = 0; i < 3; ++i) {
        for (std::size_t k = i; k < 3; ++k) {
            Mat3 strain{};
            strain[i][k] += 0.5 * step;
            strain[k][i] += 0.5 * step;
            Mat3 opposite = strain;
            for (Vec3& row : opposite) {
                for (double& entry : row) {
                    entry = -entry;
                }
            }
            const double derivative =
                (energy(strained(structure, strain)) - energy(strained(structure, opposite))) / (2.0 * step);
            EXPECT_NEAR(stress[i][k], derivative / volume(structure), 1e-7) << i << k;
            EXPECT_NEAR(stress[i][k], stress[k][i], 1e-12);
        }
    }
}

TEST_P(NetworkContract, only_fully_periodic_structures_have_a_stress_but_all_have_a_virial) {
    EXPECT_FALSE(predict(disordered_structure(false)).stress.has_value());
    EXPECT_NE(potential->last_virial()[0][0], 0.0);
}

TEST_P(NetworkContract, rotation_and_reflection_leave_the_energy_and_turn_the_forces) {
    const Mat3 matrix = improper_rotation();
    const Structure structure = disordered_structure(true);
    Structure turned = structure;
    for (Vec3& position : turned.positions) {
        position = times(matrix, position);
    }
    for (Vec3& row : turned.cell) {
        row = times(matrix, row);
    }
    const Prediction before = predict(structure), after = predict(turned);
    EXPECT_NEAR(before.energy, after.energy, 1e-10);
    for (std::size_t atom = 0; atom < structure.size(); ++atom) {
        const Vec3 expected = times(matrix, before.forces[atom]);
        for (std::size_t axis = 0; axis < 3; ++axis) {
            EXPECT_NEAR(after.forces[atom][axis], expected[axis], 1e-10);
        }
    }
}

TEST_P(NetworkContract, shifting_and_reordering_atoms_changes_nothing_else) {
    const Structure structure = disordered_structure(true);
    Structure other = structure;
    std::swap(other.atomic_numbers[1], other.atomic_numbers[6]);
    std::swap(other.positions[1], other.positions[6]);
    for (Vec3& position : other.positions) {
        position[0] += 7.3;  // also out of the cell
    }
    const Prediction before = predict(structure), after = predict(other);
    EXPECT_NEAR(before.energy, after.energy, 1e-10);
    EXPECT_NEAR(before.node_energy[1], after.node_energy[6], 1e-11);
    EXPECT_NEAR(before.forces[6][2], after.forces[1][2], 1e-11);
}

TEST_P(NetworkContract, a_doubled_cell_has_twice_the_energy_and_the_same_stress) {
    const Structure structure = disordered_structure(true);
    Structure doubled = structure;
    for (std::size_t atom = 0; atom < structure.size(); ++atom) {
        doubled.atomic_numbers.push_back(structure.atomic_numbers[atom]);
        Vec3 position = structure.positions[atom];
        for (std::size_t axis = 0; axis < 3; ++axis) {
            position[axis] += structure.cell[1][axis];
        }
        doubled.positions.push_back(position);
    }
    for (double& component : doubled.cell[1]) {
        component *= 2.0;
    }
    const Prediction one = predict(structure), two = predict(doubled);
    EXPECT_NEAR(2.0 * one.energy, two.energy, 1e-9);
    EXPECT_NEAR((*one.stress)[0][1], (*two.stress)[0][1], 1e-11);
}

TEST_P(NetworkContract, a_neighbour_leaves_through_the_cutoff_without_a_jump) {
    const double cutoff = potential->card().cutoff;
    const auto pair = [&](double distance) {
        Structure structure;
        structure.atomic_numbers = {14, 8};
        structure.positions = {{0, 0, 0}, {0, 0, distance}};
        return predict(structure);
    };
    const double force = std::abs(pair(cutoff - 1e-5).forces[0][2]);
    EXPECT_EQ(force < 3e-5, GetParam().ends_smoothly) << force;
    EXPECT_NEAR(pair(cutoff - 1e-5).energy, pair(cutoff + 1e-5).energy,
                GetParam().ends_smoothly ? 1e-9 : 2e-5 * force);
}

TEST_P(NetworkContract, an_atom_alone_and_no_atoms_at_all_are_no_special_cases) {
    Structure alone;
    alone.atomic_numbers = {14};
    alone.positions = {{1, 2, 3}};
    const Prediction prediction = predict(alone);
    EXPECT_TRUE(std::isfinite(prediction.energy));
    EXPECT_EQ(prediction.forces[0], (Vec3{0, 0, 0}));
    EXPECT_TRUE(potential->evaluate({}).empty());

    const AtomGraph graph = graph_of(alone);
    const Labels labels = random_labels(alone, 1);
    const at::Tensor row =
        nn::loss_gradients(*make_network(), {&graph, 1}, {&labels, 1}, {contract_loss(), 5, {}});
    EXPECT_TRUE(row.isfinite().all().item<bool>());
}

TEST_P(NetworkContract, an_element_that_the_model_lacks_is_named) {
    Structure structure = disordered_structure(false);
    structure.atomic_numbers[3] = 26;
    try {
        predict(structure);
        FAIL() << "accepted";
    } catch (const Error& error) {
        EXPECT_EQ(error.exit_code(), ExitCode::usage);
        EXPECT_NE(std::string(error.what()).find("does not know element Fe"), std::string::npos)
            << error.what();
    }
}

TEST_P(NetworkContract, a_weight_that_is_missing_or_of_another_shape_is_named) {
    const auto refusal = [](const ModelFile& model) -> std::string {
        try {
            nn::load_network(model, at::TensorOptions().dtype(at::kDouble));
            return "accepted";
        } catch (const ModelError& error) {
            return error.what();
        }
    };
    const ModelFile whole = make_network()->store(TensorType::float64);
    for (const auto& [name, tensor] : make_network()->parameters()) {
        ModelFile spoilt = whole;
        StoredTensor& weight = spoilt.tensors.at(name);
        weight.shape.push_back(1);
        EXPECT_NE(refusal(spoilt).find("'" + name + "' has the shape"), std::string::npos) << refusal(spoilt);
        spoilt.tensors.erase(name);
        EXPECT_NE(refusal(spoilt).find("'" + name + "' is missing"), std::string::npos) << refusal(spoilt);
    }
}

TEST_P(NetworkContract, a_batch_gives_what_its_graphs_give_alone) {
    const ContractSet set(potential->card().cutoff);
    const std::vector<Prediction> together = potential->evaluate(set.graphs);
    for (std::size_t i = 0; i < set.graphs.size(); ++i) {
        const Prediction alone = potential->evaluate({&set.graphs[i], 1})[0];
        EXPECT_NEAR(together[i].energy, alone.energy, 1e-10);
        EXPECT_EQ(together[i].stress.has_value(), alone.stress.has_value());
        for (std::size_t atom = 0; atom < alone.forces.size(); ++atom) {
            EXPECT_NEAR(together[i].forces[atom][1], alone.forces[atom][1], 1e-10);
        }
    }
}

TEST_P(NetworkContract, float32_agrees_with_float64_to_its_precision) {
    const AtomGraph graph = graph_of(disordered_structure(true));
    const Prediction sharp = predict(disordered_structure(true));
    const Prediction coarse = nn::make_potential(make_network(at::kFloat))->evaluate({&graph, 1})[0];
    // Ten atoms with energies of about an eV: a few units of the last place (1e-7) of each.
    EXPECT_NEAR(sharp.energy, coarse.energy, 1e-5);
    EXPECT_NEAR(sharp.forces[2][1], coarse.forces[2][1], 1e-5);
}

TEST_P(NetworkContract, moves_its_energies_with_e0_and_stores_what_it_is) {
    const auto network = make_network();
    const AtomGraph graph = graph_of(disordered_structure(false));
    const nn::GraphBatch batch = nn::make_batch({&graph, 1}, network->card(), network->options());
    const double before = network->evaluate(batch, {}).energy.item<double>();
    std::vector<double> e0 = network->card().e0;
    e0[1] += 2.0;  // magnesium, three of the ten atoms
    network->set_e0(e0);
    EXPECT_NEAR(network->evaluate(batch, {}).energy.item<double>(), before + 6.0, 1e-10);

    const ModelFile stored = network->store(TensorType::float64);
    EXPECT_EQ(stored.card.e0, e0);
    EXPECT_EQ(stored.card.dtype, "float64");
    const auto again = nn::load_network(stored, network->options());
    EXPECT_EQ(again->evaluate(batch, {}).energy.item<double>(),
              network->evaluate(batch, {}).energy.item<double>());
    EXPECT_EQ(network->store(TensorType::float32).tensors.at(network->last_layer_name()).type,
              TensorType::float32);
}

TEST_P(NetworkContract, the_energy_is_linear_in_the_last_layer_with_the_hidden_features_as_its_gradient) {
    const auto network = make_network();
    const ContractSet set(network->card().cutoff);
    const nn::GraphBatch batch = nn::make_batch(set.graphs, network->card(), network->options());
    const at::Tensor own = nn::last_layer_weights(*network);
    nn::NetworkRequest request;
    request.forces = false;
    const nn::NetworkOutput output = network->evaluate(batch, request);
    request.own.copies = own.expand({batch.graphs(), -1}).clone();
    EXPECT_LE((network->evaluate(batch, request).energy - output.energy).abs().max().item<double>(), 1e-10);
    request.own.copies = request.own.copies + 0.5;
    const at::Tensor hidden = at::zeros({batch.graphs(), own.size(0)}, own.options())
                                  .index_add(0, batch.graph, output.last_hidden.detach());
    const at::Tensor moved = network->evaluate(batch, request).energy - output.energy;
    EXPECT_LE((moved - 0.5 * hidden.sum(1)).abs().max().item<double>(), 1e-9);
}

// The whole loss, through the derivatives that forces and stress are: one random direction per parameter.
TEST_P(NetworkContract, gradients_of_all_parameters_are_finite_differences_of_the_loss) {
    const auto network = make_network();
    const ContractSet set(network->card().cutoff);
    const nn::GraphBatch batch = nn::make_batch(set.graphs, network->card(), network->options());
    const nn::BatchLabels labels = nn::make_batch_labels(set.labels, batch);
    const auto loss = [&] {
        const auto output = network->evaluate(batch, nn::request_for_loss(contract_loss().weights));
        return nn::structure_losses(output, batch, labels, contract_loss()).sum();
    };
    std::vector<at::Tensor> leaves;
    for (const auto& [name, parameter] : network->parameters()) {
        leaves.push_back(parameter);
    }
    const auto gradients = torch::autograd::grad({loss()}, leaves, {}, false, false, true);
    constexpr double step = 1e-5;
    for (std::size_t i = 0; i < leaves.size(); ++i) {
        SCOPED_TRACE(network->parameters()[i].first);
        const at::Tensor direction = random_like(leaves[i], i);
        const auto at_step = [&](double factor) {
            at::Tensor values = leaves[i].detach();  // shares the parameter's memory
            values.add_(direction, factor);
            const double value = loss().item<double>();
            values.sub_(direction, factor);
            return value;
        };
        const double difference = (at_step(step) - at_step(-step)) / (2.0 * step);
        const double derivative =
            gradients[i].defined() ? (gradients[i] * direction).sum().item<double>() : 0.0;
        EXPECT_NEAR(derivative, difference, 1e-6 * std::max(1.0, std::abs(difference)));
    }
}

}  // namespace fibonaqi::test
