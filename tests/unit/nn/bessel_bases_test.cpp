// The spherical Bessel functions that matgl's networks see distances through.
#include "fibonaqi/nn/bessel_bases.hpp"

#include <cmath>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/random_tensors.hpp"

namespace fibonaqi::nn {
namespace {

using test::float64;
using test::largest_difference;
using testing::DoubleNear;
using testing::ElementsAre;

constexpr double cutoff = 4.0;
constexpr std::int64_t steps = 4000;

at::Tensor distances() {
    return at::arange(1, steps + 1, float64) * (cutoff / steps);
}

// Integrals of f_m f_n r^2 from 0 to the cutoff, by the trapezoidal rule.
at::Tensor overlap_of(const at::Tensor& functions) {
    const at::Tensor volume = distances().square().unsqueeze(1) * (cutoff / steps);
    return at::mm((functions * volume).t(), functions);
}

TEST(SmoothBesselBasis, is_orthonormal_and_ends_flat) {
    const SmoothBesselBasis basis(4, cutoff, float64);
    EXPECT_LE(largest_difference(overlap_of(basis.evaluate(distances())), at::eye(4, float64)), 1e-6);
    const at::Tensor end = basis.evaluate(at::tensor({3.999, 4.0}, float64));
    EXPECT_LE(end.abs().max().item<double>(), 1e-7);
}

TEST(SphericalBesselBasis, is_orthonormal_for_each_order_and_ends_at_the_cutoff_with_a_slope) {
    const SphericalBesselBasis basis(4, 3, cutoff, float64);
    const at::Tensor functions = basis.evaluate(distances());
    ASSERT_EQ(functions.size(1), 4 * 3);
    for (std::int64_t l = 0; l < 4; ++l) {
        const at::Tensor overlap = overlap_of(functions.narrow(1, 3 * l, 3));
        EXPECT_LE(largest_difference(overlap, at::eye(3, float64)), 1e-5) << l;
    }
    const at::Tensor end = basis.evaluate(at::tensor({cutoff - 1e-3, cutoff}, float64));
    EXPECT_LE(end[1].abs().max().item<double>(), 1e-14);
    EXPECT_GE(end[0].abs().min().item<double>(), 1e-4);
}

// Abramowitz and Stegun, table 10.6: zeros of J_(l + 1/2).
TEST(SphericalBesselBasis, has_its_zeros_where_tables_have_them) {
    EXPECT_THAT(zeros_of_spherical_bessel(1, 2),
                ElementsAre(DoubleNear(4.493409, 5e-7), DoubleNear(7.725252, 5e-7)));
    EXPECT_THAT(zeros_of_spherical_bessel(2, 2),
                ElementsAre(DoubleNear(5.763459, 5e-7), DoubleNear(9.095011, 5e-7)));
    EXPECT_THAT(zeros_of_spherical_bessel(3, 1), ElementsAre(DoubleNear(6.987932, 5e-7)));
}

}  // namespace
}  // namespace fibonaqi::nn
