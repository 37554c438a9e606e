// The blocks of MACE against loops written out and against identities of their mathematics.
#include <cmath>
#include <numbers>

#include <gtest/gtest.h>

#include "fibonaqi/nn/radial.hpp"
#include "fibonaqi/nn/spherical_harmonics.hpp"
#include "fibonaqi/nn/symmetric_contraction.hpp"

#include "tests/support/random_tensors.hpp"

namespace fibonaqi {
namespace {

using test::float64;
using test::largest_difference;
using test::stored;
const auto random = test::random_tensor;

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
    const at::Tensor lengths = at::tensor({r, cutoff - 1e-4, cutoff, 7.0}, at::kDouble);
    const at::Tensor values = basis.evaluate(lengths, lengths);
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
    EXPECT_LE(largest_difference(network.evaluate(input), expected), 1e-14);
    EXPECT_EQ(reader.parameters().size(), 2u);
}

// Two of four elements, in mixed order.
nn::ElementGroups mixed_groups() {
    return nn::group_by_element(at::tensor({3, 1, 1, 3, 1}, at::kLong));
}

// The sum of one degree as the formula says, for one component M: all orders of components.
at::Tensor written_out(const at::Tensor& coupling, const at::Tensor& weight, const at::Tensor& density) {
    const std::int64_t components = density.size(0), degree = coupling.dim() - 1;
    at::Tensor sum = at::zeros({density.size(1), density.size(2)}, at::kDouble);
    const auto rows = static_cast<std::int64_t>(std::llround(std::pow(components, degree)));
    const at::Tensor flat = coupling.reshape({rows, -1});
    for (std::int64_t row = 0; row < rows; ++row) {
        at::Tensor product = at::ones_like(sum);
        for (std::int64_t i = 0, rest = row; i < degree; ++i, rest /= components) {
            product = product * density[rest % components];
        }
        sum = sum + at::einsum("k,nkc->nc", {flat[row], weight}) * product;
    }
    return sum;
}

// Any U, symmetric or not, of orders 0 and 1, to the fourth degree.
TEST(SymmetricContraction, equals_the_sum_over_all_orders_of_components) {
    const std::int64_t components = 4, atoms = 5, paths = 2;
    nn::ContractionShape shape;
    shape.max_ell = 1;
    shape.correlation = 4;
    shape.orders = {0, 1};
    shape.elements = 4;
    shape.channels = 2;
    ModelFile model;
    const at::Tensor density = random({components, atoms, shape.channels}, 40);
    const at::Tensor of_atom = at::tensor({3, 1, 1, 3, 1}, at::kLong);
    std::vector<at::Tensor> expected{at::zeros({1, atoms, 2}, at::kDouble),
                                     at::zeros({3, atoms, 2}, at::kDouble)};
    std::uint64_t item = 50;
    for (int order = 0; order <= 1; ++order) {
        const std::string prefix = "p.contractions." + std::to_string(order) + ".";
        for (int nu = 1; nu <= 4; ++nu) {
            std::vector<std::int64_t> axes(static_cast<std::size_t>(nu), components);
            axes.push_back(paths);
            axes.insert(axes.begin(), 2 * order + 1);
            // Sparse, like the real ones.
            const at::Tensor mask = random(axes, item) > 0.5;
            const at::Tensor coupling = random(axes, item + 1) * mask;
            const at::Tensor weight = random({shape.elements, paths, shape.channels}, item + 2);
            item += 3;
            model.tensors[prefix + "U_matrix_" + std::to_string(nu)] =
                stored(order == 0 ? coupling[0] : coupling);
            model.tensors[prefix + (nu == 4 ? "weights_max" : "weights." + std::to_string(3 - nu))] =
                stored(weight);
            for (int m = 0; m < 2 * order + 1; ++m) {
                expected[static_cast<std::size_t>(order)][m] +=
                    written_out(coupling[m], weight.index_select(0, of_atom), density);
            }
        }
    }
    nn::WeightReader reader(model, float64);
    const nn::SymmetricContraction contraction(reader, "p", shape);
    const nn::BlockFeatures products = contraction.evaluate(density, mixed_groups());
    ASSERT_EQ(products.size(), 2u);
    for (std::size_t order = 0; order < 2; ++order) {
        EXPECT_LE(largest_difference(products[order], expected[order]), 1e-11);
    }
    EXPECT_EQ(reader.parameters().size(), 8u);
}

}  // namespace
}  // namespace fibonaqi
