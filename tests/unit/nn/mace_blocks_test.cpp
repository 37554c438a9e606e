// The blocks of MACE against loops written out and against identities of their mathematics.
#include <cmath>
#include <numbers>

#include <gtest/gtest.h>

#include "fibonaqi/base/rng.hpp"
#include "fibonaqi/nn/edge_sum.hpp"
#include "fibonaqi/nn/linear.hpp"
#include "fibonaqi/nn/radial.hpp"
#include "fibonaqi/nn/spherical_harmonics.hpp"
#include "fibonaqi/nn/symmetric_contraction.hpp"

namespace fibonaqi {
namespace {

const at::TensorOptions float64 = at::TensorOptions().dtype(at::kDouble);

at::Tensor random(std::vector<std::int64_t> shape, std::uint64_t item) {
    KeyedRng rng(3, "mace blocks", 0, item);
    at::Tensor values = at::empty(shape, at::kDouble);
    for (std::int64_t i = 0; i < values.numel(); ++i) {
        values.data_ptr<double>()[i] = rng.normal();
    }
    return values;
}

double largest_difference(const at::Tensor& a, const at::Tensor& b) {
    return (a - b).abs().max().item<double>();
}

StoredTensor stored(const at::Tensor& tensor) {
    const at::Tensor host = tensor.contiguous();
    return StoredTensor::from_doubles({host.data_ptr<double>(), host.data_ptr<double>() + host.numel()},
                                      host.sizes().vec(), TensorType::float64);
}

// Legendre polynomials P_l for l = 0..3.
double legendre(int l, double x) {
    return std::array{1.0, x, 0.5 * (3 * x * x - 1),
                      0.5 * (5 * x * x * x - 3 * x)}[static_cast<std::size_t>(l)];
}

TEST(SphericalHarmonics, obey_the_addition_theorem) {
    const nn::SphericalHarmonics harmonics(3, float64);
    at::Tensor unit = random({20, 3}, 1);
    unit = unit / unit.norm(2, {1}, true);
    const at::Tensor values = harmonics.evaluate(unit);
    for (int l = 0; l <= 3; ++l) {
        const at::Tensor part = values.narrow(1, l * l, 2 * l + 1);
        const at::Tensor products = at::mm(part, part.t()), cosines = at::mm(unit, unit.t());
        for (std::int64_t a = 0; a < 20; ++a) {
            for (std::int64_t b = 0; b < 20; ++b) {
                EXPECT_NEAR(products[a][b].item<double>(),
                            (2 * l + 1) * legendre(l, cosines[a][b].item<double>()), 1e-13);
            }
        }
    }
}

TEST(SphericalHarmonics, of_first_order_are_the_coordinates_and_y_is_the_polar_axis) {
    const nn::SphericalHarmonics harmonics(3, float64);
    const at::Tensor along_y = harmonics.evaluate(at::tensor({0.0, 1.0, 0.0}, at::kDouble).view({1, 3}))[0];
    // On the polar axis only m = 0, the middle component of each l, is left.
    for (int l = 0; l <= 3; ++l) {
        for (int m = 0; m < 2 * l + 1; ++m) {
            EXPECT_NEAR(along_y[l * l + m].item<double>(), m == l ? std::sqrt(2.0 * l + 1.0) : 0.0, 1e-14);
        }
    }
    const at::Tensor unit = at::tensor({0.48, 0.6, 0.64}, at::kDouble).view({1, 3});
    EXPECT_LE(largest_difference(harmonics.evaluate(unit)[0].narrow(0, 1, 3), std::sqrt(3.0) * unit[0]),
              1e-15);
}

TEST(RadialBasis, is_bessel_functions_under_an_envelope_that_vanishes_smoothly) {
    ModelFile model;
    const double cutoff = 5.0;
    std::vector<double> wave_numbers;
    for (int n = 1; n <= 4; ++n) {
        wave_numbers.push_back(n * std::numbers::pi / cutoff);
    }
    model.tensors["radial_embedding.bessel_fn.bessel_weights"] =
        StoredTensor::from_doubles(wave_numbers, {4}, TensorType::float64);
    nn::WeightReader reader(model, float64);
    nn::MaceOptions options;
    options.cutoff = cutoff;
    options.bessel_functions = 4;
    options.envelope_power = 6;
    const nn::RadialBasis basis(reader, options);

    const double r = 2.3, u = r / cutoff;
    const double envelope = 1.0 - 28.0 * std::pow(u, 6) + 48.0 * std::pow(u, 7) - 21.0 * std::pow(u, 8);
    const at::Tensor values = basis.evaluate(at::tensor({r, cutoff - 1e-4, cutoff, 7.0}, at::kDouble));
    for (int n = 1; n <= 4; ++n) {
        const double bessel = std::sqrt(2.0 / cutoff) * std::sin(n * std::numbers::pi * u) / r;
        EXPECT_NEAR(values[0][n - 1].item<double>(), bessel * envelope, 1e-14);
        EXPECT_NEAR(values[1][n - 1].item<double>(), 0.0, 1e-12);  // third order at the cutoff
        EXPECT_EQ(values[2][n - 1].item<double>(), 0.0);
        EXPECT_EQ(values[3][n - 1].item<double>(), 0.0);
    }
}

TEST(RadialNetwork, is_a_perceptron_with_the_constants_of_its_training) {
    ModelFile model;
    const at::Tensor first = random({3, 4}, 2), second = random({4, 2}, 3);
    model.tensors["net.layer0.weight"] = stored(first);
    model.tensors["net.layer1.weight"] = stored(second);
    nn::WeightReader reader(model, float64);
    const nn::RadialNetwork network(reader, "net", {3, 4, 2});
    const at::Tensor input = random({5, 3}, 4);
    const at::Tensor hidden = at::mm(input, first) / std::sqrt(3.0);
    const at::Tensor expected =
        at::mm(nn::normalised_silu * hidden * at::sigmoid(hidden), second) / std::sqrt(4.0);
    EXPECT_LE(largest_difference(at::mm(network.hidden(input), network.last_weight()), expected), 1e-14);
    EXPECT_EQ(reader.parameters().size(), 2u);
}

TEST(EdgeSum, equals_the_sum_written_out) {
    const std::int64_t edges = 12, atoms = 4, rows = 3, channels = 2;
    const at::Tensor harmonics = random({edges, 9}, 5), weights = random({edges, 3, channels}, 6),
                     features = random({rows, channels}, 7);
    std::vector<std::int64_t> source, receiver;
    for (std::int64_t e = 0; e < edges; ++e) {
        source.push_back(e * 7 % rows);
        receiver.push_back(e * 5 % (atoms - 1));  // the last atom has no neighbour
    }
    at::Tensor expected = at::zeros({9, atoms, channels}, at::kDouble);
    for (std::int64_t e = 0; e < edges; ++e) {
        for (std::int64_t l = 0; l < 3; ++l) {
            for (std::int64_t m = l * l; m < (l + 1) * (l + 1); ++m) {
                expected[m][receiver[static_cast<std::size_t>(e)]] +=
                    harmonics[e][m] * weights[e][l] * features[source[static_cast<std::size_t>(e)]];
            }
        }
    }
    const at::Tensor sum =
        nn::edge_sum(harmonics, weights, features,
                     {at::tensor(source, at::kLong), at::tensor(receiver, at::kLong), atoms});
    EXPECT_LE(largest_difference(sum, expected), 1e-14);
}

// Two of four elements, in mixed order.
nn::ElementGroups mixed_groups() {
    return nn::group_by_element(at::tensor({3, 1, 1, 3, 1}, at::kLong));
}

TEST(ElementLinear, takes_every_atom_through_the_matrix_of_its_element) {
    const std::int64_t channels = 3, elements = 4;
    const at::Tensor features = random({4, 5, channels}, 8);
    const at::Tensor weight = random({2 * channels * elements * channels}, 9);  // l = 0 and 1
    const nn::ElementGroups groups = mixed_groups();
    const std::vector<std::int64_t> element{3, 1, 1, 3, 1};
    const at::Tensor mapped = nn::element_linear_per_ell(features, weight, 1, groups);
    const at::Tensor matrices =
        weight.view({2, channels, elements, channels}) / std::sqrt(channels * elements);
    for (std::int64_t component = 0; component < 4; ++component) {
        for (std::int64_t atom = 0; atom < 5; ++atom) {
            const at::Tensor matrix =
                matrices[component == 0 ? 0 : 1].select(1, element[static_cast<std::size_t>(atom)]);
            EXPECT_LE(
                largest_difference(mapped[component][atom], at::mv(matrix.t(), features[component][atom])),
                1e-14);
        }
    }
}

// Any U, symmetric or not, with all orders of components summed as the formula says.
TEST(SymmetricContraction, equals_the_sum_over_all_orders_of_components) {
    const std::int64_t components = 4, elements = 4, channels = 2, atoms = 5, paths = 3;
    ModelFile model;
    std::vector<at::Tensor> couplings, weights;
    for (int nu = 1; nu <= 3; ++nu) {
        std::vector<std::int64_t> shape(static_cast<std::size_t>(nu), components);
        shape.push_back(paths);
        at::Tensor coupling = random(shape, 10 + static_cast<std::uint64_t>(nu));
        coupling = coupling *
                   (random(shape, 20 + static_cast<std::uint64_t>(nu)) > 0.5);  // sparse, like the real ones
        couplings.push_back(coupling);
        weights.push_back(random({elements, paths, channels}, 30 + static_cast<std::uint64_t>(nu)));
        model.tensors["p.U_matrix_" + std::to_string(nu)] = stored(coupling);
        model.tensors[nu == 3 ? "p.weights_max" : "p.weights." + std::to_string(2 - nu)] =
            stored(weights.back());
    }
    nn::MaceOptions options;
    options.max_ell = 1;
    options.correlation = 3;
    options.elements = elements;
    options.channels = channels;
    nn::WeightReader reader(model, float64);
    const nn::SymmetricContraction contraction(reader, "p", options);

    const at::Tensor density = random({components, atoms, channels}, 40);
    const nn::ElementGroups groups = mixed_groups();
    const at::Tensor of_atom = at::tensor({3, 1, 1, 3, 1}, at::kLong);
    at::Tensor expected = at::zeros({atoms, channels}, at::kDouble);
    for (std::size_t nu = 1; nu <= 3; ++nu) {
        at::Tensor product = couplings[nu - 1];
        // U[a, b, c, k] A[a, n, c'] ...: contract the components one after the other.
        product = at::tensordot(density.permute({1, 2, 0}), product, {2}, {0});
        for (std::size_t more = 1; more < nu; ++more) {
            product = (product * density.permute({1, 2, 0})
                                     .view({atoms, channels, components, 1})
                                     .view(more + 1 < nu
                                               ? std::vector<std::int64_t>{atoms, channels, components, 1, 1}
                                               : std::vector<std::int64_t>{atoms, channels, components, 1}))
                          .sum(2);
        }
        expected = expected + (product * weights[nu - 1].index_select(0, of_atom).transpose(1, 2)).sum(2);
    }
    EXPECT_LE(largest_difference(contraction.evaluate(density, groups), expected), 1e-12);
}

}  // namespace
}  // namespace fibonaqi
