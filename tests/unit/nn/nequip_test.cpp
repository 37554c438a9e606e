// The native NequIP against the Python original, and its own parts. What holds for any architecture is in
// tests/contract/nn.
#include "fibonaqi/nn/nequip.hpp"

#include <cmath>

#include <gtest/gtest.h>

#include "fibonaqi/atoms/extxyz.hpp"
#include "fibonaqi/base/error.hpp"
#include "fibonaqi/nn/network_potential.hpp"

#include "tests/support/random_tensors.hpp"
#include "tests/support/refusal.hpp"
#include "tests/support/tiny_model.hpp"

namespace fibonaqi {
namespace {

const std::filesystem::path data = FIBONAQI_SOURCE_DIR "/tests/data/sevennet";
using test::expect_refused;
using test::refusal_of;

const char* const names[] = {"tiny", "old", "mixed"};

std::unique_ptr<Potential> potential_of(const ModelFile& model, at::ScalarType type = at::kDouble) {
    return nn::make_potential(nn::load_network(model, at::TensorOptions().dtype(type)));
}

ModelFile model_named(const std::string& name, const ImportOptions& options = {}) {
    return import_model(data / (name + ".pth"), options);
}

std::vector<Frame> frames_of(const std::string& name) {
    return read_extxyz(data / (name + ".xyz")).frames;
}

Prediction predict(Potential& potential, const Structure& structure) {
    const AtomGraph graph = make_graph(structure, potential.card().cutoff);
    return potential.evaluate({&graph, 1})[0];
}

void expect_equal(const Prediction& own, const Labels& original, double tolerance) {
    EXPECT_NEAR(own.energy, original.energy.value(), tolerance);
    for (std::size_t atom = 0; atom < original.forces.size(); ++atom) {
        for (std::size_t axis = 0; axis < 3; ++axis) {
            EXPECT_NEAR(own.forces[atom][axis], original.forces[atom][axis], tolerance) << atom;
        }
    }
    ASSERT_EQ(own.stress.has_value(), original.stress.has_value());
    for (std::size_t i = 0; own.stress && i < 9; ++i) {
        EXPECT_NEAR((*own.stress)[i / 3][i % 3], (*original.stress)[i / 3][i % 3], tolerance);
    }
}

TEST(Nequip, equals_the_original_in_float64_whatever_its_options_and_age) {
    for (const std::string name : names) {
        const auto potential = potential_of(model_named(name));
        for (const Frame& frame : frames_of(name)) {
            SCOPED_TRACE(name + ", " + std::get<std::string>(frame.info.at("name")));
            expect_equal(predict(*potential, frame.structure), frame.labels, 1e-11);
        }
    }
}

TEST(Nequip, keeps_its_energies_with_the_elements_of_a_structure_alone) {
    ImportOptions options;
    options.species = {14, 8};
    Structure structure = test::disordered_structure(true);
    std::replace(structure.atomic_numbers.begin(), structure.atomic_numbers.end(), 12, 8);
    for (const std::string name : names) {
        SCOPED_TRACE(name);
        const auto whole = potential_of(model_named(name)), cut = potential_of(model_named(name, options));
        EXPECT_EQ(cut->card().species, (std::vector<int>{8, 14}));
        // weights are multiplied by sqrt(2 / 3), in float32
        options.dtype = TensorType::float64;
        const auto sharp = potential_of(model_named(name, options));
        options.dtype.reset();
        EXPECT_NEAR(predict(*whole, structure).energy, predict(*cut, structure).energy, 1e-5);
        EXPECT_NEAR(predict(*whole, structure).energy, predict(*sharp, structure).energy, 1e-11);
    }
}

TEST(Nequip, without_parity_turns_with_the_structure_but_may_tell_it_from_its_mirror_image) {
    const auto potential = potential_of(model_named("old"));
    const Structure structure = test::disordered_structure(false);
    Structure turned = structure, mirrored = structure;
    for (std::size_t atom = 0; atom < structure.size(); ++atom) {
        const Vec3& position = structure.positions[atom];
        turned.positions[atom] = {position[1], position[2], position[0]};
        mirrored.positions[atom] = {-position[0], position[1], position[2]};
    }
    const Prediction before = predict(*potential, structure), after = predict(*potential, turned);
    EXPECT_NEAR(before.energy, after.energy, 1e-11);
    EXPECT_NEAR(before.forces[4][0], after.forces[4][2], 1e-11);
    EXPECT_GT(std::abs(predict(*potential, mirrored).energy - before.energy), 1e-6);  // rounding: 1e-11
}

TEST(Nequip, senseless_and_unsupported_hyperparameters_are_named) {
    const std::vector<std::pair<std::string, Json>> wrong{
        {"irreps", "4x0e"},
        {"irreps", Json{"4x0e", "4x0e"}},
        {"irreps", Json{"4x0e", "4x0g", "4x0e"}},
        {"irreps", Json{"4x0e", "4x1o", "4x0e"}},       // nothing to gate with
        {"irreps", Json{"4x0e+1x1o", "4x0e", "4x0e"}},  // an embedding is of scalars
        {"irreps", Json{"4x0e", "4x0e", "1x0e"}},       // half of it is hidden
        {"irreps", Json{"4x0e", "4x0e+4x1o", "4x0e"}},  // not those of the tensors
        {"lmax_edge", 5},
        {"lmax_edge", 1},
        {"is_parity", 1},
        {"bessel_basis_num", 0},
        {"bessel_basis_num", 5},
        {"weight_nn_hidden_neurons", Json::array()},
        {"weight_nn_hidden_neurons", Json{7}},
        {"self_connection_type", Json{"nequip", "linear"}},
        {"self_connection_type", Json{"nequip", "none"}},
        {"cutoff", 4.0},
        {"cutoff_function_name", "cosine"},
        {"cutoff_function_name", "XPLOR"},  // without its onset
        {"poly_cut_p_value", 0}};
    expect_refused(test::tiny_nequip(), "tiny", wrong);
    ModelFile model = test::tiny_nequip();
    model.card.hyperparameters["cutoff_function_name"] = "cosine";
    EXPECT_NE(refusal_of(model).find("the cutoff function 'cosine' (this program's NequIP does not have it)"),
              std::string::npos)
        << refusal_of(model);
}

TEST(NequipRadial, switches_off_by_xplor_without_a_step_in_value_or_slope) {
    const double onset = 3.0, cutoff = 5.0, step = 1e-6;
    const auto value = [&](double length) {
        return nn::xplor_envelope(at::tensor({length}, at::kDouble), onset, cutoff).item<double>();
    };
    EXPECT_EQ(value(1.0), 1.0);
    EXPECT_EQ(value(5.0), 0.0);
    EXPECT_EQ(value(6.0), 0.0);
    // (25 - 16)^2 (25 + 32 - 27) / 16^3
    EXPECT_NEAR(value(4.0), 81.0 * 30.0 / 4096.0, 1e-14);
    for (const double edge : {onset, cutoff}) {
        EXPECT_NEAR(value(edge - step), value(edge + step), 1e-10);
    }
}

}  // namespace
}  // namespace fibonaqi
