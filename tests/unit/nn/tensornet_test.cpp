// The native TensorNet against the Python original, and its own building blocks. What holds for any
// architecture is in tests/contract/nn.
#include "fibonaqi/nn/tensornet.hpp"

#include <cmath>

#include <gtest/gtest.h>

#include "fibonaqi/base/error.hpp"
#include "fibonaqi/model/matgl_import.hpp"

#include "tests/support/matgl_data.hpp"
#include "tests/support/matgl_values.hpp"
#include "tests/support/random_tensors.hpp"
#include "tests/support/refusal.hpp"
#include "tests/support/shared_data.hpp"
#include "tests/support/tiny_model.hpp"

namespace fibonaqi {
namespace {

using test::expect_matgl_values;
using test::expect_refused;
using test::largest_difference;
using test::potential_of;
using test::predict;
using test::random_tensor;
using test::refusal_of;

TEST(TensorNet, equals_the_original_in_float64_whatever_its_options) {
    const Json reference = read_json(test::matgl_data / "reference.json");
    for (const std::string name : {"tiny", "options"}) {
        SCOPED_TRACE(name);
        const auto potential = potential_of(import_matgl(test::matgl_data / name, {}));
        expect_matgl_values(*potential, reference.at("structures"), reference.at("models").at(name), 1e-11);
    }
}

// Messages are summed at the other end of an edge since version 2.2, and SO(3) sees the difference best.
TEST(TensorNet, equals_the_original_of_the_newer_kind) {
    const Json reference = read_json(test::matgl_data / "reference4.json");
    const ModelFile model = import_matgl(test::matgl_data / "tensornet4", {});
    const Json& values = reference.at("models").at("tensornet4");
    expect_matgl_values(*potential_of(model), reference.at("structures"), values, 1e-11);
    ModelFile turned = model;
    turned.card.hyperparameters.erase("messages_at");  // as in files of before
    const Structure skewed = test::structure_from(reference.at("structures").at("skewed"));
    EXPECT_GT(std::abs(predict(*potential_of(turned), skewed).energy -
                       values.at("skewed").at("energy").get<double>()),
              1e-3);
}

TEST(TensorNet, equals_the_original_with_published_weights) {
    const std::string folder = "data/matgl_models/TensorNet-MatPES-PBE-v2025.1-PES";
    FIBONAQI_NEEDS_SHARED(folder);
    const Json reference = read_json(test::matgl_data / "matpes.json");
    const auto potential = potential_of(import_matgl(test::shared_directory() / folder, {}));
    expect_matgl_values(*potential, reference.at("structures"), reference.at("values"), 1e-10);
}

TEST(TensorNet, keeps_its_energies_with_the_elements_of_a_structure_alone) {
    test::expect_same_with_fewer_elements(test::tiny_tensornet(), test::matgl_data / "tiny");
}

TEST(TensorNet, has_the_bias_in_its_last_layer) {
    const auto network = nn::load_network(test::tiny_tensornet(), test::float64);
    const AtomGraph graph = make_graph(test::disordered_structure(true), network->card().cutoff);
    const nn::GraphBatch batch = nn::make_batch({&graph, 1}, network->card(), network->options());
    const at::Tensor hidden = network->evaluate(batch, {}).last_hidden;
    EXPECT_EQ(hidden.size(1), 4 + 1);
    // What multiplies the bias is scale times the gate, a sigmoid.
    const at::Tensor gate = hidden.select(1, 4) / 1.75;
    EXPECT_GT(gate.min().item<double>(), 0.0);
    EXPECT_LT(gate.max().item<double>(), 1.0);
}

TEST(TensorNet, senseless_and_unsupported_hyperparameters_are_named) {
    const std::vector<std::pair<std::string, Json>> wrong{{"cutoff", "far"},
                                                          {"cutoff", -1},
                                                          {"cutoff", 3.0},
                                                          {"units", 0},
                                                          {"units", 5},
                                                          {"nblocks", -1},
                                                          {"nblocks", 3},
                                                          {"rbf_type", "ExpNorm"},
                                                          {"rbf_type", "Gaussian"},  // without its tensor
                                                          {"use_smooth", false},
                                                          {"max_n", 0},
                                                          {"max_n", 4},
                                                          {"activation_type", "tanh"},
                                                          {"equivariance_invariance_group", "E(3)"},
                                                          {"messages_at", "both"},
                                                          {"scale", nullptr}};
    expect_refused(test::tiny_tensornet(), "tiny", wrong);
    ModelFile model = test::tiny_tensornet();
    model.card.hyperparameters["activation_type"] = "tanh";
    EXPECT_NE(
        refusal_of(model).find("the activation function 'tanh' (this program's TensorNet does not have it)"),
        std::string::npos)
        << refusal_of(model);
}

// The matrices that [9, N, C] stands for, as the header defines them: [N, C, 3, 3].
at::Tensor matrices_of(const at::Tensor& x) {
    const double third = 1.0 / std::sqrt(3.0), half = 1.0 / std::sqrt(2.0), sixth = 1.0 / std::sqrt(6.0);
    const at::Tensor i = x[0] * third, s = x[6] * sixth, d = x[8] * half;
    const auto pair = [&](int symmetric, int antisymmetric, double sign) {
        return x[symmetric] * half - sign * x[antisymmetric] * half;
    };
    const std::vector<at::Tensor> entries{i - s - d,      pair(5, 3, 1),  pair(4, 2, -1),  // xx xy xz
                                          pair(5, 3, -1), i + 2 * s,      pair(7, 1, 1),   // yx yy yz
                                          pair(4, 2, 1),  pair(7, 1, -1), i - s + d};      // zx zy zz
    return at::stack(entries, -1).view({x.size(1), x.size(2), 3, 3});
}

TEST(CartesianTensors, have_the_norms_and_products_of_their_matrices) {
    const at::Tensor x = random_tensor({9, 4, 3}, 1), y = random_tensor({9, 4, 3}, 2);
    const at::Tensor a = matrices_of(x), b = matrices_of(y);
    EXPECT_LE(largest_difference(nn::squared_norm(x), a.square().sum({2, 3})), 1e-13);
    const nn::TensorCoupling even(3, nn::TensorProduct::anticommutator);
    const nn::TensorCoupling odd(3, nn::TensorProduct::twice_product);
    const at::Tensor xy = at::matmul(a, b), yx = at::matmul(b, a);
    EXPECT_LE(largest_difference(matrices_of(even.product(x, y)), xy + yx), 1e-13);
    EXPECT_LE(largest_difference(matrices_of(odd.product(x, y)), 2.0 * xy), 1e-13);
    EXPECT_LE(largest_difference(matrices_of(even.square(x)), at::matmul(a, a)), 1e-13);
}

TEST(CartesianTensors, of_a_direction_are_identity_cross_product_and_traceless_square) {
    const at::Tensor direction = random_tensor({5, 3}, 3);
    const at::Tensor unit = direction / direction.norm(2, {1}, true);
    const at::Tensor tensors = nn::direction_tensors(unit);
    const at::Tensor other = random_tensor({5, 3, 1}, 4), identity = at::eye(3, test::float64);
    const auto part = [&](std::int64_t first, std::int64_t count) {
        at::Tensor all = at::zeros({9, 5, 1}, test::float64);
        all.narrow(0, first, count).copy_(tensors.narrow(1, first, count).t().unsqueeze(2));
        return matrices_of(all).squeeze(1);
    };
    EXPECT_LE(largest_difference(part(0, 1), identity.expand({5, 3, 3})), 1e-14);
    EXPECT_LE(largest_difference(at::matmul(part(1, 3), other).squeeze(2),
                                 at::linalg_cross(unit, other.squeeze(2))),
              1e-14);
    const at::Tensor square = at::matmul(unit.unsqueeze(2), unit.unsqueeze(1)) - identity / 3.0;
    EXPECT_LE(largest_difference(part(4, 5), square), 1e-14);
}

}  // namespace
}  // namespace fibonaqi
