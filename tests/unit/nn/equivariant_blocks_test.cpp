// The equivariant building blocks: against e3nn, against loops written out, under rotations, and their
// derivatives.
#include <cmath>

#include <gtest/gtest.h>
#include <torch/csrc/autograd/autograd.h>

#include "fibonaqi/base/file_system.hpp"
#include "fibonaqi/base/json.hpp"
#include "fibonaqi/nn/coupling_kernels.hpp"
#include "fibonaqi/nn/edge_coupling.hpp"
#include "fibonaqi/nn/spherical_harmonics.hpp"

#include "tests/support/random_tensors.hpp"
#include "tests/support/rotations.hpp"

namespace fibonaqi {
namespace {

using nn::FormSlot;
using test::float64;
using test::largest_difference;
using test::random_tensor;
using test::rotated;
using test::skew_rotation;
using test::unit_vectors;

// Made by tests/data/e3nn/make_values.py.
Json e3nn_values() {
    const std::string path = FIBONAQI_SOURCE_DIR "/tests/data/e3nn/values.json";
    return parse_json(read_file(path), path);
}

TEST(Irreps, are_read_and_written_in_the_notation_of_e3nn) {
    const auto irreps = irreps_from("128x0e + 64x1o+2e");
    ASSERT_TRUE(irreps.has_value());
    EXPECT_EQ(*irreps, (Irreps{{128, {0, 1}}, {64, {1, -1}}, {1, {2, 1}}}));
    EXPECT_EQ(text_of(*irreps), "128x0e+64x1o+1x2e");
    for (const char* senseless : {"", "128", "x0e", "0x0e", "128x0", "128x0f", "128x0e+", "8x5e", "-1x0e"}) {
        EXPECT_FALSE(irreps_from(senseless).has_value()) << senseless;
    }
}

TEST(Irreps, are_sorted_as_e3nn_sorts_them) {
    std::vector<Irrep> irreps{{2, -1}, {1, 1}, {0, -1}, {2, 1}, {1, -1}, {0, 1}};
    std::sort(irreps.begin(), irreps.end());
    EXPECT_EQ(irreps, (std::vector<Irrep>{{0, -1}, {0, 1}, {1, -1}, {1, 1}, {2, -1}, {2, 1}}));
}

TEST(SphericalHarmonics, equal_those_of_e3nn_to_order_4) {
    const Json values = e3nn_values();
    const nn::SphericalHarmonics harmonics(4, float64);
    for (std::size_t i = 0; i < values["directions"].size(); ++i) {
        const auto direction = values["directions"][i].get<std::vector<double>>();
        const auto expected = values["harmonics"][i].get<std::vector<double>>();
        const at::Tensor own = harmonics.evaluate(at::tensor(direction, at::kDouble).view({1, 3}))[0];
        EXPECT_LE(largest_difference(own, at::tensor(expected, at::kDouble)), 1e-13);
    }
}

TEST(Wigner3j, equals_that_of_e3nn_to_order_4) {
    const Json values = e3nn_values()["wigner_3j"];
    ASSERT_EQ(values.size(), 65u);
    for (const Json& entry : values) {
        const int l1 = entry[0], l2 = entry[1], l3 = entry[2];
        double sum = 0.0, norm = 0.0;
        for (const CouplingTerm& term : wigner_3j(l1, l2, l3)) {
            sum += term.value * std::sin(1.0 + term.m1 + 3.0 * term.m2 + 7.0 * term.m3);
            norm += term.value * term.value;
        }
        EXPECT_NEAR(sum, entry[3].get<double>(), 1e-13) << l1 << l2 << l3;
        EXPECT_NEAR(norm, 1.0, 1e-13);
    }
}

// Scalars, vectors and tensors of both parities, with different channels.
const Irreps features_irreps = *irreps_from("3x0e+2x1o+2x1e+1x2e");
constexpr int max_ell = 2;

struct CouplingCase {
    nn::EdgeCoupling coupling;
    at::Tensor directions, weights;
    nn::BlockFeatures features;
    nn::EdgeEnds ends;

    explicit CouplingCase(std::int64_t edges = 14)
        : coupling(features_irreps, max_ell,
                   coupling_paths(features_irreps, harmonics_irreps(max_ell),
                                  {{0, 1}, {1, -1}, {1, 1}, {2, 1}, {2, -1}})),
          directions(unit_vectors(edges, 1)),
          weights(random_tensor({edges, coupling.weights()}, 2)) {
        for (std::size_t i = 0; i < features_irreps.size(); ++i) {
            features.push_back(random_tensor(
                {features_irreps[i].irrep.components(), 4, features_irreps[i].channels}, 10 + i));
        }
        std::vector<std::int64_t> source, receiver;
        for (std::int64_t e = 0; e < edges; ++e) {
            source.push_back(e * 7 % 4);
            receiver.push_back(e * 3 % 4);  // the last of 5 atoms has no neighbour
        }
        ends = {at::tensor(source, at::kLong), at::tensor(receiver, at::kLong), 4, 5};
    }
    at::Tensor harmonics(const at::Tensor& rotation = at::eye(3, at::kDouble)) const {
        return nn::SphericalHarmonics(max_ell, float64).evaluate(at::mm(directions, rotation.t()));
    }
};

TEST(EdgeCoupling, turns_with_the_structure_and_its_mirror_image) {
    const CouplingCase data;
    const nn::BlockFeatures before =
        data.coupling.evaluate(data.harmonics(), data.weights, data.features, data.ends);
    for (const bool mirrored : {false, true}) {
        const at::Tensor rotation = skew_rotation(mirrored);
        const nn::BlockFeatures expected = rotated(before, data.coupling.outputs(), rotation);
        const nn::BlockFeatures after =
            data.coupling.evaluate(data.harmonics(rotation), data.weights,
                                   rotated(data.features, features_irreps, rotation), data.ends);
        ASSERT_EQ(after.size(), 5u);
        for (std::size_t i = 0; i < after.size(); ++i) {
            EXPECT_GT(after[i].abs().max().item<double>(), 0.1);
            EXPECT_LE(largest_difference(after[i], expected[i]), 1e-12);
        }
    }
}

TEST(EdgeCoupling, of_scalars_is_weight_times_feature_times_harmonic) {
    const Irreps scalars = *irreps_from("2x0e");
    const nn::EdgeCoupling coupling(scalars, 2,
                                    coupling_paths(scalars, harmonics_irreps(2), {{0, 1}, {1, -1}, {2, 1}}));
    const std::int64_t edges = 12, atoms = 4, rows = 3;
    const at::Tensor harmonics = random_tensor({edges, 9}, 5), weights = random_tensor({edges, 6}, 6),
                     features = random_tensor({1, rows, 2}, 7);
    std::vector<std::int64_t> source, receiver;
    for (std::int64_t e = 0; e < edges; ++e) {
        source.push_back(e * 7 % rows);
        receiver.push_back(e * 5 % (atoms - 1));  // the last atom has no neighbour
    }
    at::Tensor expected = at::zeros({9, atoms, 2}, at::kDouble);
    for (std::int64_t e = 0; e < edges; ++e) {
        for (std::int64_t l = 0; l < 3; ++l) {
            for (std::int64_t m = l * l; m < (l + 1) * (l + 1); ++m) {
                expected[m][receiver[static_cast<std::size_t>(e)]] +=
                    harmonics[e][m] * weights[e].narrow(0, 2 * l, 2) *
                    features[0][source[static_cast<std::size_t>(e)]];
            }
        }
    }
    const nn::BlockFeatures sums =
        coupling.evaluate(harmonics, weights, {features},
                          {at::tensor(source, at::kLong), at::tensor(receiver, at::kLong), rows, atoms});
    EXPECT_LE(largest_difference(at::cat(sums, 0), expected), 1e-14);
}

// The form of a coupling with more channels than a kernel takes at once.
std::shared_ptr<const nn::CouplingForm> wide_form(std::int64_t channels) {
    nn::CouplingForm form;
    std::int64_t outputs = 0;
    for (const auto [l1, l2, l3] : {std::array{0, 1, 1}, {1, 1, 0}, {1, 2, 1}, {1, 1, 2}}) {
        nn::FormPath path;
        path.channels = path.input_channels = path.output_channels = channels;
        path.weight = form.weights_width;
        path.input = l1 == 0 ? 0 : channels;
        path.output = outputs;
        path.harmonic = l2 * l2;
        path.inputs = 2 * l1 + 1;
        path.harmonics = 2 * l2 + 1;
        path.outputs = 2 * l3 + 1;
        path.terms = wigner_3j(l1, l2, l3);
        outputs += path.outputs * channels;
        form.weights_width += channels;
        form.paths.push_back(path);
    }
    form.output_width = outputs;
    form.features_width = 4 * channels;
    form.harmonics_width = 9;
    return std::make_shared<const nn::CouplingForm>(form);
}

nn::FormArguments arguments_of(const nn::CouplingForm& form, const nn::EdgeEnds& ends) {
    const std::int64_t edges = ends.source.size(0);
    return {random_tensor({form.output_width * ends.atoms}, 1),
            random_tensor({edges, form.harmonics_width}, 2), random_tensor({edges, form.weights_width}, 3),
            random_tensor({form.features_width * ends.rows}, 4)};
}

constexpr FormSlot all_slots[] = {FormSlot::output, FormSlot::harmonics, FormSlot::weights,
                                  FormSlot::features};

TEST(CouplingForm, kernels_of_the_cpu_equal_the_tensor_operations) {
    for (const std::int64_t channels : {3, 64, 70}) {
        const auto form = wide_form(channels);
        const CouplingCase data(40);
        const nn::FormArguments arguments = arguments_of(*form, data.ends);
        for (const FormSlot slot : all_slots) {
            const at::Tensor expected = nn::coupling_partial_by_tensors(*form, slot, arguments, data.ends);
            const at::Tensor own = nn::coupling_partial_on_cpu(*form, slot, arguments, data.ends);
            ASSERT_EQ(own.sizes(), expected.sizes());
            EXPECT_LE(largest_difference(own, expected), 1e-12);
            nn::FormArguments single = arguments;
            for (at::Tensor& argument : single) {
                argument = argument.to(at::kFloat);
            }
            EXPECT_LE(
                largest_difference(
                    nn::coupling_partial_on_cpu(*form, slot, single, data.ends).to(at::kDouble), expected),
                1e-4);
        }
    }
}

TEST(CouplingForm, is_linear_in_each_argument_so_that_all_its_parts_give_the_same_number) {
    const auto form = wide_form(5);
    const CouplingCase data(20);
    const nn::FormArguments arguments = arguments_of(*form, data.ends);
    const auto value = [&](FormSlot slot) {
        const at::Tensor part = nn::coupling_partial_on_cpu(*form, slot, arguments, data.ends);
        return (part * arguments[static_cast<std::size_t>(slot)]).sum().item<double>();
    };
    const double expected = value(FormSlot::output);
    EXPECT_GT(std::abs(expected), 0.1);
    for (const FormSlot slot : all_slots) {
        EXPECT_NEAR(value(slot), expected, 1e-11 * std::abs(expected));
    }
}

// A scalar made of first derivatives, differentiated again: as forces are in training.
TEST(CouplingForm, has_second_derivatives_that_equal_finite_differences) {
    const auto form = wide_form(2);
    const CouplingCase data(9);
    nn::FormArguments arguments = arguments_of(*form, data.ends);
    for (std::size_t i = 1; i < arguments.size(); ++i) {
        arguments[i].requires_grad_(true);
    }
    const auto scalar = [&] {
        const at::Tensor result = nn::coupling_partial(form, FormSlot::output, arguments, data.ends);
        const auto first = torch::autograd::grad({(result * arguments[0]).sum()},
                                                 {arguments[1], arguments[2], arguments[3]}, {}, true, true);
        return first[0].square().sum() + first[1].pow(3).sum() + (first[2] * first[2]).sum();
    };
    const auto gradients =
        torch::autograd::grad({scalar()}, {arguments[1], arguments[2], arguments[3]}, {}, false, false, true);
    for (std::size_t i = 1; i < arguments.size(); ++i) {
        const at::Tensor direction = random_tensor(arguments[i].sizes().vec(), 50 + i);
        const double step = 1e-4;
        const at::Tensor center = arguments[i];
        const auto at_step = [&](double by) {
            arguments[i] = (center + by * direction).detach().requires_grad_(true);
            const double value = scalar().item<double>();
            arguments[i] = center;
            return value;
        };
        const double difference = (at_step(step) - at_step(-step)) / (2.0 * step);
        const double gradient = (gradients[i - 1] * direction).sum().item<double>();
        EXPECT_NEAR(gradient, difference, 1e-6 * std::max(1.0, std::abs(difference)));
    }
}

}  // namespace
}  // namespace fibonaqi
