#include "fibonaqi/nn/cartesian_tensors.hpp"

#include <cmath>
#include <cstdlib>
#include <numeric>

namespace fibonaqi::nn {
namespace {

using Matrix = std::array<std::array<double, 3>, 3>;

constexpr double negligible = 1e-12;  // coefficients of a product are 0 or above 0.1

std::int64_t components_before(std::size_t part) {
    return std::accumulate(part_components.begin(), part_components.begin() + static_cast<long>(part),
                           std::int64_t{0});
}

// B_0 ... B_8 of the header.
std::array<Matrix, 9> basis_matrices() {
    const double third = 1.0 / std::sqrt(3.0), half = 1.0 / std::sqrt(2.0), sixth = 1.0 / std::sqrt(6.0);
    std::array<Matrix, 9> basis{};
    constexpr std::size_t x = 0, y = 1, z = 2;
    basis[0][x][x] = basis[0][y][y] = basis[0][z][z] = third;
    const auto antisymmetric = [&](std::size_t k, std::size_t i, std::size_t j) {
        basis[k][i][j] = -half;
        basis[k][j][i] = half;
    };
    antisymmetric(1, y, z);
    antisymmetric(2, z, x);
    antisymmetric(3, x, y);
    const auto symmetric = [&](std::size_t k, std::size_t i, std::size_t j) {
        basis[k][i][j] = basis[k][j][i] = half;
    };
    symmetric(4, x, z);
    symmetric(5, x, y);
    symmetric(7, y, z);
    basis[6][x][x] = basis[6][z][z] = -sixth;
    basis[6][y][y] = 2.0 * sixth;
    basis[8][z][z] = half;
    basis[8][x][x] = -half;
    return basis;
}

// tr(C^T A B)
double overlap(const Matrix& a, const Matrix& b, const Matrix& c) {
    double sum = 0.0;
    for (std::size_t i = 0; i < 3; ++i) {
        for (std::size_t j = 0; j < 3; ++j) {
            for (std::size_t k = 0; k < 3; ++k) {
                sum += a[i][k] * b[k][j] * c[i][j];
            }
        }
    }
    return sum;
}

// One path for every component b of the second factor, which stands in the place of weights. `forward` and
// `backward` are the factors of X Y and Y X.
CouplingForm product_form(std::int64_t channels, double forward, double backward) {
    const std::array<Matrix, 9> basis = basis_matrices();
    CouplingForm form;
    for (std::size_t b = 0; b < 9; ++b) {
        FormPath path;
        path.channels = path.input_channels = path.output_channels = channels;
        path.weight = static_cast<std::int64_t>(b) * channels;
        path.inputs = path.outputs = static_cast<int>(tensor_components);
        path.harmonics = 1;
        for (std::size_t a = 0; a < 9; ++a) {
            for (std::size_t c = 0; c < 9; ++c) {
                const double value = forward * overlap(basis[a], basis[b], basis[c]) +
                                     backward * overlap(basis[b], basis[a], basis[c]);
                if (std::abs(value) > negligible) {
                    path.terms.push_back({static_cast<int>(a), 0, static_cast<int>(c), value});
                }
            }
        }
        form.paths.push_back(std::move(path));
    }
    form.output_width = form.weights_width = form.features_width = tensor_components * channels;
    form.harmonics_width = 1;
    return form;
}

// I, A and S with a weight each; of directions (harmonics vary, one feature) or of neighbours' tensors.
CouplingForm partwise_form(std::int64_t channels, bool of_directions) {
    CouplingForm form;
    for (std::size_t part = 0; part < part_components.size(); ++part) {
        const std::int64_t before = components_before(part);
        const int components = static_cast<int>(part_components[part]);
        FormPath path;
        path.channels = path.input_channels = path.output_channels = channels;
        path.weight = static_cast<std::int64_t>(part) * channels;
        path.input = of_directions ? 0 : before * channels;
        path.output = before * channels;
        path.harmonic = of_directions ? static_cast<int>(before) : 0;
        path.inputs = of_directions ? 1 : components;
        path.harmonics = of_directions ? components : 1;
        path.outputs = components;
        for (int m = 0; m < components; ++m) {
            path.terms.push_back({of_directions ? 0 : m, of_directions ? m : 0, m, 1.0});
        }
        form.paths.push_back(std::move(path));
    }
    form.output_width = tensor_components * channels;
    form.harmonics_width = of_directions ? tensor_components : 1;
    form.weights_width = static_cast<std::int64_t>(part_components.size()) * channels;
    form.features_width = of_directions ? channels : tensor_components * channels;
    return form;
}

at::Tensor part_of(const at::Tensor& tensors, std::size_t part) {
    return tensors.narrow(0, components_before(part), part_components[part]);
}

at::Tensor multiplied(const std::shared_ptr<const CouplingForm>& form, const at::Tensor& x,
                      const at::Tensor& y) {
    const std::int64_t atoms = x.size(1);
    const at::Tensor own = at::arange(atoms, x.options().dtype(at::kLong).requires_grad(false));
    const at::Tensor one = at::ones({atoms, 1}, x.options().requires_grad(false));
    return coupling_partial(form, FormSlot::output,
                            {at::Tensor(), one, y.permute({1, 0, 2}).reshape({atoms, -1}), x.reshape({-1})},
                            {own, own, atoms, atoms})
        .view(x.sizes());
}

}  // namespace

at::Tensor squared_norm(const at::Tensor& tensors) {
    return tensors.square().sum(0);
}

std::array<at::Tensor, 3> squared_norms_of_parts(const at::Tensor& tensors) {
    const at::Tensor squares = tensors.square();
    return {part_of(squares, 0).sum(0), part_of(squares, 1).sum(0), part_of(squares, 2).sum(0)};
}

at::Tensor bounded(const at::Tensor& tensors) {
    return tensors / (squared_norm(tensors) + 1.0);
}

at::Tensor scale_parts(const at::Tensor& tensors, const at::Tensor& factors) {
    std::vector<at::Tensor> parts;
    for (std::size_t part = 0; part < part_components.size(); ++part) {
        parts.push_back(part_of(tensors, part) * factors.select(1, static_cast<std::int64_t>(part)));
    }
    return at::cat(parts, 0);
}

PartwiseLinear::PartwiseLinear(WeightReader& weights, const std::string& prefix, int first,
                               std::int64_t channels) {
    for (std::size_t part = 0; part < weights_.size(); ++part) {
        const std::string name = prefix + "." + std::to_string(first + static_cast<int>(part)) + ".weight";
        weights_[part] = weights.parameter(name, {channels, channels});
    }
}

at::Tensor PartwiseLinear::evaluate(const at::Tensor& tensors) const {
    const std::int64_t channels = tensors.size(2);
    std::vector<at::Tensor> parts;
    for (std::size_t part = 0; part < weights_.size(); ++part) {
        parts.push_back(at::mm(part_of(tensors, part).reshape({-1, channels}), weights_[part].t()));
    }
    return at::cat(parts, 0).view(tensors.sizes());
}

TensorCoupling::TensorCoupling(std::int64_t channels, TensorProduct product)
    : channels_(channels),
      directions_(std::make_shared<const CouplingForm>(partwise_form(channels, true))),
      neighbors_(std::make_shared<const CouplingForm>(partwise_form(channels, false))),
      product_(std::make_shared<const CouplingForm>(product == TensorProduct::anticommutator
                                                        ? product_form(channels, 1.0, 1.0)
                                                        : product_form(channels, 2.0, 0.0))),
      square_(std::make_shared<const CouplingForm>(product_form(channels, 1.0, 0.0))) {}

at::Tensor TensorCoupling::from_directions(const at::Tensor& harmonics, const at::Tensor& weights,
                                           const at::Tensor& table, const EdgeEnds& ends) const {
    return coupling_partial(directions_, FormSlot::output,
                            {at::Tensor(), harmonics, weights, table.reshape({-1})}, ends)
        .view({tensor_components, ends.atoms, channels_});
}

at::Tensor TensorCoupling::from_neighbors(const at::Tensor& weights, const at::Tensor& tensors,
                                          const EdgeEnds& ends) const {
    const at::Tensor one = at::ones({weights.size(0), 1}, weights.options().requires_grad(false));
    return coupling_partial(neighbors_, FormSlot::output, {at::Tensor(), one, weights, tensors.reshape({-1})},
                            ends)
        .view({tensor_components, ends.atoms, channels_});
}

at::Tensor TensorCoupling::product(const at::Tensor& x, const at::Tensor& y) const {
    return multiplied(product_, x, y);
}

at::Tensor TensorCoupling::square(const at::Tensor& x) const {
    return multiplied(square_, x, x);
}

at::Tensor direction_tensors(const at::Tensor& unit) {
    const double root2 = std::sqrt(2.0), sixth = 1.0 / std::sqrt(6.0);
    const at::Tensor x = unit.select(1, 0), y = unit.select(1, 1), z = unit.select(1, 2);
    const at::Tensor identity = at::full_like(x, std::sqrt(3.0), unit.options().requires_grad(false));
    return at::stack({identity, root2 * x, root2 * y, root2 * z, root2 * x * z, root2 * x * y,
                      sixth * (2.0 * y.square() - x.square() - z.square()), root2 * y * z,
                      (z.square() - x.square()) / root2},
                     1);
}

}  // namespace fibonaqi::nn
