// The native M3GNet against the Python original, and what is its own. What holds for any architecture is in
// tests/contract/nn.
#include "fibonaqi/nn/m3gnet.hpp"

#include <gtest/gtest.h>

#include "fibonaqi/base/error.hpp"
#include "fibonaqi/nn/features.hpp"

#include "tests/support/matgl_values.hpp"
#include "tests/support/refusal.hpp"
#include "tests/support/shared_data.hpp"
#include "tests/support/tiny_model.hpp"

namespace fibonaqi {
namespace {

using test::expect_matgl_values;
using test::expect_refused;
using test::potential_of;
using test::predict;
using test::refusal_of;

const std::string published = "data/matgl_models/M3GNet-MP-2021.2.8-PES";

// The rows of `features --kind embedding` are the means of the last features of atoms.
void expect_embeddings(const ModelFile& model, const Json& structures, const Json& values, double tolerance) {
    const auto network = nn::load_network(model, test::float64);
    nn::FeatureOptions options;
    options.kind = nn::FeatureKind::embedding;
    for (const auto& [name, expected] : values.items()) {
        const AtomGraph graph = make_graph(test::structure_from(structures.at(name)), network->card().cutoff);
        const at::Tensor row = nn::feature_rows(network.get(), {&graph, 1}, {}, options)[0];
        const auto original = expected.at("embedding").get<std::vector<double>>();
        ASSERT_EQ(row.size(0), static_cast<std::int64_t>(original.size()));
        EXPECT_LE(test::largest_difference(row, at::tensor(original, test::float64)), tolerance) << name;
    }
}

TEST(M3GNet, equals_the_original_in_float64_whatever_its_options_and_age) {
    const Json reference = read_json(test::matgl_data / "reference4.json");
    for (const std::string name : {"m3gnet", "m3gnet_old"}) {
        SCOPED_TRACE(name);
        const ModelFile model = import_matgl(test::matgl_data / name, {});
        const Json& values = reference.at("models").at(name);
        expect_matgl_values(*potential_of(model), reference.at("structures"), values, 1e-11);
        expect_embeddings(model, reference.at("structures"), values, 1e-11);
    }
}

TEST(M3GNet, equals_the_original_with_published_weights) {
    FIBONAQI_NEEDS_SHARED(published);
    const Json reference = read_json(test::matgl_data / "m3gnet_mp.json");
    const ModelFile model = import_matgl(test::shared_directory() / published, {});
    expect_matgl_values(*potential_of(model), reference.at("structures"), reference.at("values"), 1e-10);
    expect_embeddings(model, reference.at("structures"), reference.at("values"), 1e-10);
}

// matgl's own test (tests/ext/test_ase_dgl.py of version 2.0.4), in float32 there.
TEST(M3GNet, gives_the_energy_that_its_authors_test_for) {
    FIBONAQI_NEEDS_SHARED(published);
    Structure structure;
    structure.atomic_numbers = {42, 16};
    structure.positions = {{0, 0, 0}, {2, 2, 2}};
    structure.cell = {{{4, 0, 0}, {0, 4, 0}, {0, 0, 4}}};
    structure.pbc = {true, true, true};
    const auto potential = potential_of(import_matgl(test::shared_directory() / published, {}));
    EXPECT_NEAR(predict(*potential, structure).energy, -10.824362, 1e-5);
}

TEST(M3GNet, keeps_its_energies_with_the_elements_of_a_structure_alone) {
    test::expect_same_with_fewer_elements(test::tiny_m3gnet(), test::matgl_data / "m3gnet");
}

// Equation 2 as it is written, over pairs of edges.
TEST(M3GNetGeometry, has_directions_whose_harmonics_give_legendre_polynomials_of_angles) {
    const ModelFile model = test::tiny_old_m3gnet();
    const nn::M3GNetGeometry geometry(nn::m3gnet_options_from(model.card), test::float64);
    const AtomGraph graph = make_graph(test::disordered_structure(true), model.card.cutoff);
    const nn::GraphBatch batch = nn::make_batch({&graph, 1}, model.card, test::float64);
    const at::Tensor vectors = batch.positions.index_select(0, batch.receiver) -
                               batch.positions.index_select(0, batch.sender) + batch.shift;
    const nn::M3GNetAngles angles = geometry.evaluate(batch, vectors).angles;
    const at::Tensor near = vectors.index_select(0, angles.edge);
    const at::Tensor unit = near / near.norm(2, {1}, true), cosine = at::mm(unit, unit.t());
    const auto products = [&](std::int64_t l) {
        const at::Tensor harmonics = angles.harmonics.narrow(1, l * l, 2 * l + 1);
        return at::mm(harmonics, harmonics.t()) / (2.0 * static_cast<double>(l) + 1.0);
    };
    EXPECT_LT(near.size(0), vectors.size(0));
    EXPECT_LE(test::largest_difference(products(1), cosine), 1e-14);
    EXPECT_LE(test::largest_difference(products(2), 1.5 * cosine.square() - 0.5), 1e-14);
}

TEST(M3GNet, senseless_and_unsupported_hyperparameters_are_named) {
    const std::vector<std::pair<std::string, Json>> wrong{{"cutoff", -1},
                                                          {"cutoff", 3.0},
                                                          {"threebody_cutoff", 0.0},
                                                          {"threebody_cutoff", 5},
                                                          {"dim_node_embedding", 0},
                                                          {"dim_edge_embedding", 4},
                                                          {"units", "many"},
                                                          {"nblocks", 0},
                                                          {"nblocks", 3},
                                                          {"max_n", 0},
                                                          {"max_n", 16},
                                                          {"max_l", 6},
                                                          {"use_smooth", 1},
                                                          {"rbf_type", "Gaussian"},
                                                          {"activation_type", "tanh"},
                                                          {"messages_at", "both"},
                                                          {"scale", nullptr}};
    expect_refused(test::tiny_m3gnet(), "m3gnet", wrong);
    ModelFile model = test::tiny_m3gnet();
    model.card.hyperparameters["rbf_type"] = "Gaussian";
    EXPECT_NE(refusal_of(model).find("the radial basis 'Gaussian' (this program's M3GNet does not have it)"),
              std::string::npos)
        << refusal_of(model);
}

}  // namespace
}  // namespace fibonaqi
