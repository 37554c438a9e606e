// Linear maps and gates of equivariant networks: written out, under rotations, and their derivatives.
#include <cmath>

#include <gtest/gtest.h>
#include <torch/csrc/autograd/autograd.h>

#include "fibonaqi/nn/gate.hpp"
#include "fibonaqi/nn/irreps_linear.hpp"

#include "tests/support/rotations.hpp"

namespace fibonaqi {
namespace {

using test::float64;
using test::largest_difference;
using test::random_features;
using test::random_tensor;
using test::rotated;
using test::skew_rotation;

nn::WeightReader reader_of(ModelFile& model, const std::string& name, const at::Tensor& weight) {
    model.tensors[name] = test::stored(weight);
    return nn::WeightReader(model, float64);
}

TEST(IrrepsLinear, adds_up_the_blocks_of_one_irrep_and_turns_with_them) {
    const Irreps in = *irreps_from("2x0e+3x1o+1x0e+2x1o"), out = *irreps_from("2x1o+4x0e+1x2e");
    ModelFile model;
    const at::Tensor weight = random_tensor({2 * 4 + 3 * 2 + 1 * 4 + 2 * 2}, 3);
    nn::WeightReader reader = reader_of(model, "w", weight);
    const nn::IrrepsLinear linear(reader, "w", in, out);
    nn::BlockFeatures features;
    for (std::size_t i = 0; i < in.size(); ++i) {
        features.push_back(random_tensor({in[i].irrep.components(), 3, in[i].channels}, 20 + i));
    }
    const nn::BlockFeatures mapped = linear.evaluate(features, 2.0);
    const at::Tensor scalars = (at::matmul(features[0], weight.narrow(0, 0, 8).view({2, 4})) +
                                at::matmul(features[2], weight.narrow(0, 14, 4).view({1, 4}))) /
                               (std::sqrt(3.0) * 2.0);
    EXPECT_LE(largest_difference(mapped[1], scalars), 1e-14);
    EXPECT_EQ(mapped[2].abs().max().item<double>(), 0.0);  // no input has its irrep
    const at::Tensor rotation = skew_rotation(true);
    const nn::BlockFeatures turned = linear.evaluate(rotated(features, in, rotation), 2.0);
    const nn::BlockFeatures expected = rotated(mapped, out, rotation);
    for (std::size_t i = 0; i < out.size(); ++i) {
        EXPECT_LE(largest_difference(turned[i], expected[i]), 1e-12);
    }
}

TEST(ElementLinear, takes_every_atom_through_the_matrix_of_its_element) {
    const std::int64_t channels = 3, elements = 4;
    const std::vector<std::int64_t> element{3, 1, 1, 3, 1};
    const nn::ElementGroups groups = nn::group_by_element(at::tensor(element, at::kLong));
    const Irreps irreps = *irreps_from("3x0e+3x1o");
    const at::Tensor weight = random_tensor({2 * channels * elements * channels}, 9);
    ModelFile model;
    nn::WeightReader reader = reader_of(model, "w", weight);
    const nn::ElementLinear linear(reader, "w", irreps, irreps, elements);
    const nn::BlockFeatures features{random_tensor({1, 5, channels}, 8), random_tensor({3, 5, channels}, 18)};
    const nn::BlockFeatures mapped = linear.evaluate(features, groups);
    const at::Tensor matrices =
        weight.view({2, channels, elements, channels}) / std::sqrt(channels * elements);
    for (std::size_t l = 0; l < 2; ++l) {
        for (std::int64_t component = 0; component < features[l].size(0); ++component) {
            for (std::int64_t atom = 0; atom < 5; ++atom) {
                const at::Tensor matrix =
                    matrices[static_cast<std::int64_t>(l)].select(1, element[static_cast<std::size_t>(atom)]);
                EXPECT_LE(largest_difference(mapped[l][component][atom],
                                             at::mv(matrix.t(), features[l][component][atom])),
                          1e-14);
            }
        }
    }
    // Rows of the present elements, 1 and 3, give what atoms with these features would get.
    const nn::BlockFeatures rows{features[0].narrow(1, 0, 2), features[1].narrow(1, 0, 2)};
    const nn::BlockFeatures of_rows = linear.evaluate_rows(rows, groups);
    EXPECT_LE(largest_difference(of_rows[1][2][1], at::mv(matrices[1].select(1, 3).t(), features[1][2][1])),
              1e-14);
}

// What a low-rank update relies on: adding A B to a matrix of the flat weight sends features through A and B
// beside the map, for every block, and for every element alone.
TEST(LinearMaps, say_where_their_matrices_lie) {
    const Irreps in = *irreps_from("2x0e+3x1o+1x0e"), out = *irreps_from("2x1o+4x0e");
    const nn::BlockFeatures features{random_tensor({1, 5, 2}, 1), random_tensor({3, 5, 3}, 2),
                                     random_tensor({1, 5, 1}, 3)};
    const std::vector<std::int64_t> element{2, 0, 0, 2, 0};
    const nn::ElementGroups groups = nn::group_by_element(at::tensor(element, at::kLong));
    ModelFile model;
    model.tensors["one"] = test::stored(random_tensor({2 * 4 + 3 * 2 + 1 * 4}, 4));
    model.tensors["by element"] = test::stored(random_tensor({3 * (2 * 4 + 3 * 2 + 1 * 4)}, 5));
    nn::WeightReader reader(model, float64);
    const nn::IrrepsLinear linear(reader, "one", in, out);
    const nn::ElementLinear by_element(reader, "by element", in, out, 3);
    ASSERT_EQ(reader.matrices().size(), 6u);
    const nn::BlockFeatures before = linear.evaluate(features);
    const nn::BlockFeatures before_by_element = by_element.evaluate(features, groups);

    const nn::WeightMatrix &one = reader.matrices()[1], &several = reader.matrices()[4];  // 3x1o -> 2x1o
    EXPECT_EQ(one.parameter, "one");
    EXPECT_EQ(several.parameter, "by element");
    EXPECT_EQ(several.count, 3);
    const at::Tensor a = random_tensor({3, 1}, 6), b = random_tensor({1, 2}, 7);
    one.view(reader.parameters()[0].second.detach())[0].add_(at::mm(a, b));
    several.view(reader.parameters()[1].second.detach())[2].add_(at::mm(a, b));
    const at::Tensor detour = at::matmul(at::matmul(features[1], a), b);
    EXPECT_LE(largest_difference(linear.evaluate(features)[0], before[0] + detour / std::sqrt(3.0)), 1e-14);
    EXPECT_LE(largest_difference(linear.evaluate(features)[1], before[1]), 0.0);
    const at::Tensor mask = at::tensor(std::vector<double>{1, 0, 0, 1, 0}).to(at::kDouble).view({1, 5, 1});
    EXPECT_LE(largest_difference(by_element.evaluate(features, groups)[0],
                                 before_by_element[0] + mask * detour / std::sqrt(9.0)),
              1e-14);
}

TEST(Gate, takes_scalars_gates_and_what_they_gate_in_the_order_of_e3nn) {
    // Gate("4x0e+3x0o", [silu, tanh], "4x0e", [silu], "2x2e+2x1o").irreps_in
    const nn::Gate gate(*irreps_from("4x0e+3x0o+2x2e+2x1o"));
    EXPECT_EQ(text_of(gate.inputs()), "3x0o+8x0e+2x1o+2x2e");
    EXPECT_EQ(text_of(nn::Gate(*irreps_from("4x0e")).inputs()), "4x0e");
}

TEST(Gate, scales_vectors_by_functions_of_scalars) {
    const Irreps outputs = *irreps_from("2x0e+1x0o+1x2e+2x1o");
    const nn::Gate gate(outputs);
    const nn::BlockFeatures in = random_features(gate.inputs(), 3, 30);
    const nn::BlockFeatures out = gate.evaluate(in);
    const auto silu = [](const at::Tensor& x) { return 1.6791767923989418 * x * at::sigmoid(x); };
    EXPECT_LE(largest_difference(out[0], silu(in[1].narrow(2, 0, 2))), 1e-14);
    EXPECT_LE(largest_difference(out[1], 1.5937334472592695 * at::tanh(in[0])), 1e-14);
    EXPECT_LE(largest_difference(out[2], silu(in[1].narrow(2, 2, 1)) * in[3]), 1e-14);
    EXPECT_LE(largest_difference(out[3], silu(in[1].narrow(2, 3, 2)) * in[2]), 1e-14);
}

TEST(Gate, turns_with_its_input_and_its_mirror_image) {
    const Irreps outputs = *irreps_from("3x0o+2x0e+2x1o+1x1e+2x2e+1x3o");
    const nn::Gate gate(outputs);
    const nn::BlockFeatures in = random_features(gate.inputs(), 4, 40);
    for (const bool mirrored : {false, true}) {
        const at::Tensor rotation = skew_rotation(mirrored);
        const nn::BlockFeatures expected = rotated(gate.evaluate(in), outputs, rotation);
        const nn::BlockFeatures after = gate.evaluate(rotated(in, gate.inputs(), rotation));
        for (std::size_t i = 0; i < outputs.size(); ++i) {
            EXPECT_LE(largest_difference(after[i], expected[i]), 1e-12);
        }
    }
}

TEST(Gate, has_first_and_second_derivatives_that_equal_finite_differences) {
    const nn::Gate gate(*irreps_from("2x0e+1x0o+2x1o"));
    nn::BlockFeatures in = random_features(gate.inputs(), 2, 50);
    // A scalar made of first derivatives, as forces are in training.
    const auto slope = [&](bool create_graph) {
        at::Tensor sum = at::zeros({}, at::kDouble);
        for (const at::Tensor& block : gate.evaluate(in)) {
            sum = sum + block.pow(3).sum();
        }
        return torch::autograd::grad({sum}, in, {}, create_graph, create_graph);
    };
    const auto value = [&](bool create_graph) {
        at::Tensor sum = at::zeros({}, at::kDouble);
        for (const at::Tensor& part : slope(create_graph)) {
            sum = sum + part.square().sum();
        }
        return sum;
    };
    for (at::Tensor& block : in) {
        block.requires_grad_(true);
    }
    const auto gradients = torch::autograd::grad({value(true)}, in);
    constexpr double step = 1e-5;
    for (std::size_t i = 0; i < in.size(); ++i) {
        const at::Tensor center = in[i], direction = random_tensor(center.sizes().vec(), 60 + i);
        const auto at_step = [&](double by) {
            in[i] = (center + by * direction).detach().requires_grad_(true);
            return value(false).item<double>();
        };
        const double difference = (at_step(step) - at_step(-step)) / (2.0 * step);
        in[i] = center;
        EXPECT_NEAR((gradients[i] * direction).sum().item<double>(), difference,
                    1e-6 * std::max(1.0, std::abs(difference)));
    }
}

}  // namespace
}  // namespace fibonaqi
