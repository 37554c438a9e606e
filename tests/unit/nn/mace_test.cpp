// What a MACE network makes of its file (tests/data/mace/tiny.model: O, Mg, Si, max_ell 1, correlation 2,
// first block not residual). What holds for any architecture is in tests/contract/nn.
#include <gtest/gtest.h>

#include "fibonaqi/base/error.hpp"
#include "fibonaqi/nn/network_potential.hpp"

#include "tests/support/refusal.hpp"
#include "tests/support/tiny_model.hpp"

namespace fibonaqi {
namespace {

using test::expect_refused;
using test::refusal_of;
using test::tiny_model;

std::unique_ptr<nn::Network> tiny_network() {
    return nn::load_network(tiny_model(), at::TensorOptions().dtype(at::kDouble));
}

TEST(Mace, predictions_do_not_depend_on_how_many_graphs_are_evaluated_at_once) {
    const auto potential = nn::make_potential(tiny_network());
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
    expect_refused(tiny_model(), "tiny", wrong);
    ModelFile model = tiny_model();
    model.card.hyperparameters.erase("correlation");
    EXPECT_NE(refusal_of(model).find("hyperparameter 'correlation' is missing"), std::string::npos);
}

}  // namespace
}  // namespace fibonaqi
