// MACE networks of many kinds with random weights against mace-torch:
// tests/data/mace_configurations/make_configurations.py made the numbers.
#include <cmath>

#include <gtest/gtest.h>

#include "fibonaqi/base/error.hpp"
#include "fibonaqi/base/file_system.hpp"
#include "fibonaqi/model/contraction_basis.hpp"
#include "fibonaqi/model/irreps.hpp"
#include "fibonaqi/model/mace_heads.hpp"
#include "fibonaqi/model/mace_import.hpp"
#include "fibonaqi/nn/network_potential.hpp"

namespace fibonaqi {
namespace {

const std::string folder = FIBONAQI_SOURCE_DIR "/tests/data/mace_configurations/";

const Json& record() {
    static const Json values =
        parse_json(read_file(folder + "configurations.json"), folder + "configurations.json");
    return values;
}

Structure structure_from(const Json& values) {
    Structure structure;
    structure.atomic_numbers = values.at("numbers").get<std::vector<int>>();
    structure.positions = values.at("positions").get<std::vector<Vec3>>();
    structure.cell = values.at("cell").get<Mat3>();
    const bool is_periodic = values.at("periodic");
    structure.pbc = {is_periodic, is_periodic, is_periodic};
    return structure;
}

// U matrices of all products, made here.
void add_couplings(ModelFile& model) {
    const Json& hyper = model.card.hyperparameters;
    const int layers = hyper.at("num_interactions");
    const auto hidden = irreps_from(hyper.at("hidden_irreps").get<std::string>());
    for (int layer = 0; layer < layers; ++layer) {
        const Json& correlation = hyper.at("correlation");
        const int degree = correlation.is_array() ? correlation[static_cast<std::size_t>(layer)].get<int>()
                                                  : correlation.get<int>();
        const int orders = layer + 1 == layers ? 1 : static_cast<int>(hidden->size());
        for (int order = 0; order < orders; ++order) {
            for (int nu = 1; nu <= degree; ++nu) {
                model.tensors["products." + std::to_string(layer) + ".symmetric_contractions.contractions." +
                              std::to_string(order) + ".U_matrix_" + std::to_string(nu)] =
                    contraction_basis(hyper.at("max_ell"), order, nu);
            }
        }
    }
}

ModelFile model_of(const std::string& name) {
    const Json& entry = record().at("configurations").at(name);
    ModelFile model;
    model.card.name = name;
    model.card.architecture = "mace";
    model.card.hyperparameters = entry;
    model.card.species = record().at("atomic_numbers").get<std::vector<int>>();
    model.card.cutoff = entry.at("r_max");
    model.card.layers = entry.at("num_interactions");
    model.card.dtype = "float64";
    const std::string prefix = name + "/";
    for (const auto& [key, tensor] : read_tensor_file(folder + "configurations.safetensors").tensors) {
        if (key.starts_with(prefix)) {
            model.tensors.emplace(key.substr(prefix.size()), tensor);
        }
    }
    add_couplings(model);
    const MaceHeads heads{entry.at("heads").get<std::vector<std::string>>()};
    keep_head(model, heads, heads.names.at(entry.at("head").get<std::size_t>()));
    return model;
}

class MaceConfigurations : public testing::TestWithParam<std::string> {};

TEST_P(MaceConfigurations, give_the_energies_forces_and_stresses_of_the_original) {
    const auto potential =
        nn::make_potential(nn::load_network(model_of(GetParam()), at::TensorOptions().dtype(at::kDouble)));
    const Json& results = record().at("configurations").at(GetParam()).at("results");
    double largest_force = 0.0;
    for (const auto& [name, values] : record().at("structures").items()) {
        SCOPED_TRACE(name);
        const Json& expected = results.at(name);
        const AtomGraph graph = make_graph(structure_from(values), potential->card().cutoff);
        const Prediction own = potential->evaluate({&graph, 1})[0];
        EXPECT_NEAR(own.energy, expected.at("energy").get<double>(), 1e-10);
        const auto forces = expected.at("forces").get<std::vector<Vec3>>();
        for (std::size_t atom = 0; atom < forces.size(); ++atom) {
            EXPECT_NEAR(own.node_energy[atom], expected.at("node_energy")[atom].get<double>(), 1e-10);
            for (std::size_t axis = 0; axis < 3; ++axis) {
                EXPECT_NEAR(own.forces[atom][axis], forces[atom][axis], 1e-10);
                largest_force = std::max(largest_force, std::abs(forces[atom][axis]));
            }
        }
        ASSERT_EQ(own.stress.has_value(), !expected.at("stress").is_null());
        for (std::size_t i = 0; own.stress && i < 9; ++i) {
            EXPECT_NEAR((*own.stress)[i / 3][i % 3], expected.at("stress")[i / 3][i % 3].get<double>(),
                        1e-11);
        }
    }
    EXPECT_GT(largest_force, 1e-3);  // else there would be nothing to compare
}

TEST_P(MaceConfigurations, have_the_parameters_of_the_original) {
    const auto network = nn::load_network(model_of(GetParam()), at::TensorOptions().dtype(at::kDouble));
    std::vector<std::string> own;
    for (const auto& [name, parameter] : network->parameters()) {
        own.push_back(name);
    }
    auto expected =
        record().at("configurations").at(GetParam()).at("parameters").get<std::vector<std::string>>();
    std::sort(own.begin(), own.end());
    std::sort(expected.begin(), expected.end());
    EXPECT_EQ(own, expected);
}

std::vector<std::string> configurations() {
    std::vector<std::string> names;
    for (const auto& [name, entry] : record().at("configurations").items()) {
        names.push_back(name);
    }
    return names;
}

INSTANTIATE_TEST_SUITE_P(All, MaceConfigurations, testing::ValuesIn(configurations()),
                         [](const auto& name) { return name.param; });

TEST(ContractionBasis, equals_that_of_the_original) {
    ASSERT_GE(record().at("U").size(), 20u);
    for (const auto& [key, digest] : record().at("U").items()) {
        const StoredTensor basis = contraction_basis(key[0] - '0', key[2] - '0', key[4] - '0');
        double sum = 0.0;
        const std::vector<double> values = basis.as_doubles();
        for (std::size_t i = 0; i < values.size(); ++i) {
            sum += values[i] * std::sin(1.0 + static_cast<double>(i));
        }
        EXPECT_NEAR(sum, digest.get<double>(), 1e-9) << key;
    }
}

// Written by mace-torch itself: tests/data/mace/make_models.py.
TEST(MaceHeads, each_of_an_imported_model_gives_its_energies) {
    const std::string data = FIBONAQI_SOURCE_DIR "/tests/data/mace/";
    const Json energies = parse_json(read_file(data + "heads.energies.json"), "heads.energies.json");
    ASSERT_EQ(energies.size(), 2u);
    Structure dimer;
    dimer.atomic_numbers = {8, 14};
    dimer.positions = {{0.0, 0.0, 0.0}, {0.0, 0.0, 1.9}};
    for (const auto& [head, energy] : energies.items()) {
        const ModelFile model = import_mace(std::filesystem::path(data + "heads.model"), {.head = head});
        EXPECT_EQ(model.card.hyperparameters["head"], head);
        const auto potential =
            nn::make_potential(nn::load_network(model, at::TensorOptions().dtype(at::kDouble)));
        const AtomGraph graph = make_graph(dimer, potential->card().cutoff);
        // Cut weights are rescaled and rounded to float32 again.
        EXPECT_NEAR(potential->evaluate({&graph, 1})[0].energy, energy.get<double>(), 2e-8) << head;
    }
    EXPECT_THROW(import_mace(std::filesystem::path(data + "heads.model"), {}), ModelError);
}

TEST(MaceHeads, an_unknown_head_is_refused_with_the_names_of_all) {
    ModelFile model;
    model.card.name = "two";
    try {
        keep_head(model, {{"pt_head", "default"}}, "defualt");
        FAIL() << "accepted";
    } catch (const Error& error) {
        EXPECT_EQ(error.exit_code(), ExitCode::usage);
        EXPECT_NE(std::string(error.what()).find("'pt_head', 'default'"), std::string::npos) << error.what();
    }
}

}  // namespace
}  // namespace fibonaqi
