#include "fibonaqi/model/wigner_3j.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <complex>
#include <cstdlib>

#include "fibonaqi/base/contract.hpp"

namespace fibonaqi {
namespace {

using Complex = std::complex<double>;

// Entries below this are zeros with rounding.
constexpr double negligible = 1e-12;

double factorial(int n) {
    return std::tgamma(n + 1.0);
}

// <l1 m1 l2 m2 | l3 m3>, Racah's formula (Condon-Shortley phases). m3 = m1 + m2.
double clebsch_gordan(int l1, int m1, int l2, int m2, int l3) {
    const int m3 = m1 + m2;
    if (std::abs(m3) > l3) {
        return 0.0;
    }
    const double front = std::sqrt((2 * l3 + 1) * factorial(l3 + l1 - l2) * factorial(l3 - l1 + l2) *
                                   factorial(l1 + l2 - l3) / factorial(l1 + l2 + l3 + 1)) *
                         std::sqrt(factorial(l3 + m3) * factorial(l3 - m3) * factorial(l1 - m1) *
                                   factorial(l1 + m1) * factorial(l2 - m2) * factorial(l2 + m2));
    double sum = 0.0;
    for (int k = std::max({0, l2 - l3 - m1, l1 + m2 - l3}); k <= std::min({l1 + l2 - l3, l1 - m1, l2 + m2});
         ++k) {
        const double term = factorial(k) * factorial(l1 + l2 - l3 - k) * factorial(l1 - m1 - k) *
                            factorial(l2 + m2 - k) * factorial(l3 - l2 + m1 + k) *
                            factorial(l3 - l1 - m2 + k);
        sum += (k % 2 == 0 ? 1.0 : -1.0) / term;
    }
    return front * sum;
}

// <m | real component r> of order l, without the factor (-i)^l.
Complex real_component(int m, int r) {
    if (std::abs(m) != std::abs(r)) {
        return 0.0;
    }
    if (m == 0) {
        return 1.0;
    }
    const double sign = m > 0 && m % 2 != 0 ? -1.0 : 1.0;
    return r > 0 ? Complex(sign * M_SQRT1_2, 0.0) : Complex(0.0, (m > 0 ? sign : -1.0) * M_SQRT1_2);
}

// (-i)^power.
Complex minus_i(int power) {
    constexpr Complex unit(0.0, 1.0);
    const std::vector<Complex> powers{1.0, -unit, -1.0, unit};
    return powers[static_cast<std::size_t>(((power % 4) + 4) % 4)];
}

// The complex components that make up real component r.
std::vector<int> parts_of(int r) {
    return r == 0 ? std::vector<int>{0} : std::vector<int>{-r, r};
}

// Coefficient of three real components r of orders l, unnormalised.
double real_coefficient(const std::array<int, 3>& l, const std::array<int, 3>& r) {
    Complex sum = 0.0;
    for (const int m1 : parts_of(r[0])) {
        for (const int m2 : parts_of(r[1])) {
            sum += real_component(m1, r[0]) * real_component(m2, r[1]) *
                   std::conj(real_component(m1 + m2, r[2])) * clebsch_gordan(l[0], m1, l[1], m2, l[2]);
        }
    }
    return (sum * minus_i(l[0] + l[1] - l[2])).real();
}

}  // namespace

bool can_couple(int l1, int l2, int l3) {
    return l3 >= std::abs(l1 - l2) && l3 <= l1 + l2;
}

std::vector<CouplingTerm> wigner_3j(int l1, int l2, int l3) {
    FIBONAQI_EXPECT(l1 >= 0 && l2 >= 0 && l3 >= 0 && can_couple(l1, l2, l3));
    std::vector<CouplingTerm> terms;
    double norm = 0.0;
    for (int r1 = -l1; r1 <= l1; ++r1) {
        for (int r2 = -l2; r2 <= l2; ++r2) {
            for (int r3 = -l3; r3 <= l3; ++r3) {
                const double value = real_coefficient({l1, l2, l3}, {r1, r2, r3});
                norm += value * value;
                terms.push_back({r1 + l1, r2 + l2, r3 + l3, value});
            }
        }
    }
    norm = std::sqrt(norm);
    std::erase_if(terms, [&](const CouplingTerm& term) { return std::abs(term.value) < negligible * norm; });
    for (CouplingTerm& term : terms) {
        term.value /= norm;
    }
    return terms;
}

}  // namespace fibonaqi
