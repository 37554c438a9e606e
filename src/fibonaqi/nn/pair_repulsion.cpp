#include "fibonaqi/nn/pair_repulsion.hpp"

#include <array>

#include "fibonaqi/nn/radial.hpp"

namespace fibonaqi::nn {
namespace {

constexpr double coulomb = 14.3996;    // [eV angstrom]: e^2 / (4 pi epsilon_0), as MACE rounds it
constexpr double bohr_radius = 0.529;  // [angstrom], as MACE rounds it
constexpr std::array<double, 4> decays = {3.2, 0.9423, 0.4028, 0.2016};

}  // namespace

PairRepulsion::PairRepulsion(WeightReader& weights, const std::vector<int>& species)
    : power_(static_cast<int>(weights.number("pair_repulsion_fn.p"))),
      screening_(weights.number("pair_repulsion_fn.a_prefactor") * bohr_radius),
      exponent_(weights.number("pair_repulsion_fn.a_exp")),
      charges_(at::tensor(std::vector<double>(species.begin(), species.end()), at::kDouble)
                   .to(weights.options().device(), weights.options().dtype().toScalarType())),
      radii_(weights.by_species("pair_repulsion_fn.covalent_radii", species)) {
    const at::Tensor factors = weights.buffer("pair_repulsion_fn.c", {4}).to(at::kCPU, at::kDouble);
    factors_.assign(factors.data_ptr<double>(), factors.data_ptr<double>() + factors.numel());
}

at::Tensor PairRepulsion::evaluate(const at::Tensor& length, const at::Tensor& sender_element,
                                   const at::Tensor& receiver_element, const at::Tensor& receiver,
                                   std::int64_t atoms) const {
    const at::Tensor first = charges_.index_select(0, sender_element);
    const at::Tensor second = charges_.index_select(0, receiver_element);
    const at::Tensor scaled = length * (at::pow(first, exponent_) + at::pow(second, exponent_)) / screening_;
    at::Tensor screening = at::zeros_like(length);
    for (std::size_t i = 0; i < decays.size(); ++i) {
        screening = screening + factors_[i] * at::exp(-decays[i] * scaled);
    }
    const at::Tensor range =
        radii_.index_select(0, sender_element) + radii_.index_select(0, receiver_element);
    const at::Tensor energy =
        (0.5 * coulomb) * first * second / length * screening * polynomial_envelope(length / range, power_);
    return at::zeros({atoms}, length.options().requires_grad(false)).index_add(0, receiver, energy);
}

}  // namespace fibonaqi::nn
