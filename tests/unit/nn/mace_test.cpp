// What holds for any MACE network, tried on a small one with random weights (tests/data/mace/tiny.model: O,
// Mg, Si, max_ell 1, correlation 2, first block not residual) and in float64, so that derivatives can be
// checked sharply.
#include <cmath>
#include <functional>

#include <gtest/gtest.h>

#include "fibonaqi/atoms/geometry.hpp"
#include "fibonaqi/base/error.hpp"
#include "fibonaqi/nn/network_potential.hpp"

#include "tests/support/tiny_model.hpp"

namespace fibonaqi {
namespace {

using test::tiny_model;

std::unique_ptr<nn::Network> tiny_network(at::ScalarType type = at::kDouble) {
    return nn::load_network(tiny_model(), at::TensorOptions().dtype(type));
}

class MaceTest : public testing::Test {
  protected:
    Prediction predict(const Structure& structure) {
        const AtomGraph graph = make_graph(structure, potential->card().cutoff);
        return potential->evaluate({&graph, 1})[0];
    }
    double energy(const Structure& structure) { return predict(structure).energy; }

    std::unique_ptr<Potential> potential = nn::make_potential(tiny_network());
};

Vec3 times(const Mat3& matrix, const Vec3& vector) {
    Vec3 result{};
    for (std::size_t i = 0; i < 3; ++i) {
        for (std::size_t k = 0; k < 3; ++k) {
            result[i] += matrix[i][k] * vector[k];
        }
    }
    return result;
}

// A rotation about (1, 2, 3) by 0.7, followed by a reflection at the origin: O(3), not only SO(3).
Mat3 improper_rotation() {
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

TEST_F(MaceTest, forces_are_the_negative_derivative_of_the_energy) {
    constexpr double step = 1e-4;  // angstrom; the error of the difference is then about 1e-8 eV/angstrom
    for (const bool is_periodic : {false, true}) {
        const Structure structure = test::disordered_structure(is_periodic);
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

TEST_F(MaceTest, stress_is_the_derivative_with_respect_to_strain_over_the_volume) {
    constexpr double step = 1e-5;
    const Structure structure = test::disordered_structure(true);
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

TEST_F(MaceTest, only_fully_periodic_structures_have_a_stress_but_all_have_a_virial) {
    EXPECT_FALSE(predict(test::disordered_structure(false)).stress.has_value());
    EXPECT_NE(potential->last_virial()[0][0], 0.0);
}

TEST_F(MaceTest, rotation_and_reflection_leave_the_energy_and_turn_the_forces) {
    const Mat3 matrix = improper_rotation();
    const Structure structure = test::disordered_structure(true);
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

TEST_F(MaceTest, shifting_and_reordering_atoms_changes_nothing_else) {
    const Structure structure = test::disordered_structure(true);
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

TEST_F(MaceTest, a_doubled_cell_has_twice_the_energy_and_the_same_stress) {
    const Structure structure = test::disordered_structure(true);
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

TEST_F(MaceTest, a_neighbour_leaves_through_the_cutoff_without_a_jump) {
    const double cutoff = potential->card().cutoff;
    const auto pair = [&](double distance) {
        Structure structure;
        structure.atomic_numbers = {14, 8};
        structure.positions = {{0, 0, 0}, {0, 0, distance}};
        return predict(structure);
    };
    EXPECT_NEAR(pair(cutoff - 1e-5).energy, pair(cutoff + 1e-5).energy, 1e-10);
    EXPECT_NEAR(pair(cutoff - 1e-5).forces[0][2], 0.0, 1e-6);
}

TEST_F(MaceTest, an_atom_alone_and_no_atoms_at_all_are_no_special_cases) {
    Structure alone;
    alone.atomic_numbers = {14};
    alone.positions = {{1, 2, 3}};
    const Prediction prediction = predict(alone);
    EXPECT_TRUE(std::isfinite(prediction.energy));
    EXPECT_EQ(prediction.forces[0], (Vec3{0, 0, 0}));
    EXPECT_TRUE(potential->evaluate({}).empty());
}

TEST_F(MaceTest, an_element_that_the_model_lacks_is_named) {
    Structure structure = test::disordered_structure(false);
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

TEST_F(MaceTest, predictions_do_not_depend_on_how_many_graphs_are_evaluated_at_once) {
    std::vector<AtomGraph> graphs;
    for (int i = 0; i < 5; ++i) {
        Structure structure = test::disordered_structure(i % 2 == 0);
        structure.positions[0][0] += 0.05 * i;
        graphs.push_back(make_graph(structure, potential->card().cutoff));
    }
    std::vector<std::size_t> done;
    const auto together = nn::predict(*potential, graphs, 1000, {});
    const auto alone =
        nn::predict(*potential, graphs, 1, [&](std::size_t n, std::size_t) { done.push_back(n); });
    EXPECT_EQ(done, (std::vector<std::size_t>{1, 2, 3, 4, 5}));
    for (std::size_t i = 0; i < graphs.size(); ++i) {
        EXPECT_NEAR(together[i].energy, alone[i].energy, 1e-11);
        EXPECT_EQ(together[i].stress.has_value(), alone[i].stress.has_value());
    }
}

TEST(Mace, moves_its_energies_with_e0_and_stores_what_it_is) {
    const auto network = tiny_network();
    const AtomGraph graph = make_graph(test::disordered_structure(false), network->card().cutoff);
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
    EXPECT_EQ(network->store(TensorType::float32).tensors.at("readouts.1.linear_2.weight").type,
              TensorType::float32);
}

TEST(Mace, float32_agrees_with_float64_to_its_precision) {
    const AtomGraph graph = make_graph(test::disordered_structure(true), tiny_model().card.cutoff);
    const Prediction sharp = nn::make_potential(tiny_network())->evaluate({&graph, 1})[0];
    const Prediction coarse = nn::make_potential(tiny_network(at::kFloat))->evaluate({&graph, 1})[0];
    // Ten atoms with energies of about an eV: a few units of the last place (1e-7) of each.
    EXPECT_NEAR(sharp.energy, coarse.energy, 1e-5);
    EXPECT_NEAR(sharp.forces[2][1], coarse.forces[2][1], 1e-5);
}

std::string refusal_of(const ModelFile& model) {
    try {
        nn::load_network(model, at::TensorOptions().dtype(at::kDouble));
        return "accepted";
    } catch (const ModelError& error) {
        return error.what();
    }
}

TEST(Mace, a_file_that_does_not_fit_its_card_is_refused_with_the_name_of_the_tensor) {
    ModelFile model = tiny_model();
    model.tensors.erase("interactions.1.linear_up.weight");
    EXPECT_NE(refusal_of(model).find("tensor 'interactions.1.linear_up.weight' is missing"),
              std::string::npos);

    model = tiny_model();
    model.tensors.at("readouts.0.linear.weight").shape = {2, 2};
    EXPECT_NE(refusal_of(model).find("'readouts.0.linear.weight' has the shape [2, 2]"), std::string::npos);

    model = tiny_model();
    model.card.architecture = "macs";
    EXPECT_NE(refusal_of(model).find("did you mean 'mace'"), std::string::npos) << refusal_of(model);
}

TEST(Mace, senseless_and_unsupported_hyperparameters_are_named) {
    const std::vector<std::pair<std::string, Json>> wrong{
        {"r_max", "far"},
        {"r_max", -1},
        {"max_ell", -1},
        {"max_ell", 5},
        {"correlation", 5},
        {"correlation", 0},
        {"correlation", Json{2, 2, 2}},
        {"hidden_irreps", "4x0e+8x1o"},
        {"hidden_irreps", "4x0e+4x1e"},
        {"hidden_irreps", "4x0e+4x1o+4x2e+4x3o"},
        {"hidden_irreps", "0x0e"},
        {"MLP_irreps", "many"},
        {"num_bessel", 0},
        {"gate", "tanh"},
        {"n_heads", 2},
        {"pair_repulsion", "yes"},
        {"pair_repulsion", true},  // without its tensors
        {"readout", "SomeReadout"},
        {"distance_transform", "Soft"},
        {"distance_transform", "Agnesi"},  // without its tensors
        {"interaction_first", "SomeNewBlock"},
        {"num_interactions", 1},
        {"num_interactions", 0},
        {"avg_num_neighbors_per_layer", Json{7.25, 0.0}},
        {"avg_num_neighbors_per_layer", Json{7.25}},
        {"scale", nullptr}};
    for (const auto& [key, value] : wrong) {
        ModelFile model = tiny_model();
        model.card.hyperparameters[key] = value;
        const std::string message = refusal_of(model);
        EXPECT_NE(message, "accepted") << key << " " << value;
        EXPECT_NE(message.find("model 'tiny'"), std::string::npos) << message;
    }
    ModelFile model = tiny_model();
    model.card.hyperparameters.erase("correlation");
    EXPECT_NE(refusal_of(model).find("hyperparameter 'correlation' is missing"), std::string::npos);
}

}  // namespace
}  // namespace fibonaqi
