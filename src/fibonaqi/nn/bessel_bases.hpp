// Sets of spherical Bessel functions of a distance, orthonormal on 0..r_c, as matgl's networks see distances.
#pragma once

#include <cstdint>
#include <vector>

#include <ATen/ATen.h>

namespace fibonaqi::nn {

/// g_n of Kocer et al., J. Chem. Phys. 150, 154102 (2019): value, first and second derivative are 0 at r_c.
/// Each is a sum of spherical Bessel functions j_0(k pi r / r_c), k = 1 ... n + 2:
///   f_n = (-1)^n sqrt(2) pi / r_c^(3/2) (n+1)(n+2) / sqrt((n+1)^2 + (n+2)^2) (j_0(n+1) + j_0(n+2))
///   e_n = n^2 (n+2)^2 / (4 (n+1)^4 + 1),  d_0 = 1,  d_n = 1 - e_n / d_(n-1)
///   g_n = (f_n + sqrt(e_n / d_(n-1)) g_(n-1)) / sqrt(d_n)
class SmoothBesselBasis {
  public:
    /// Beyond these, the recursion loses its digits.
    static constexpr std::int64_t most_functions = 30;

    /// Constants in the given dtype and device. cutoff r_c [angstrom].
    SmoothBesselBasis(std::int64_t functions, double cutoff, const at::TensorOptions& options);

    /// length [E] [angstrom], positive -> [E, functions], n = 0 first.
    at::Tensor evaluate(const at::Tensor& length) const;

  private:
    at::Tensor wave_numbers_;  // [functions + 1] [1/angstrom]
    at::Tensor mixture_;       // [functions + 1, functions]
};

/// sqrt(2 / r_c^3) j_l(z_ln r / r_c) / |j_(l+1)(z_ln)| for l = 0 ... orders - 1, with z_ln the n-th positive
/// zero of j_l (Gasteiger et al., arXiv:2003.03123, eq. 6). They end at r_c with a slope: forces jump there.
class SphericalBesselBasis {
  public:
    SphericalBesselBasis(std::int64_t orders, std::int64_t functions, double cutoff,
                         const at::TensorOptions& options);

    /// length [E] [angstrom], positive -> [E, orders * functions], the functions of one l side by side.
    at::Tensor evaluate(const at::Tensor& length) const;

  private:
    std::vector<at::Tensor> wave_numbers_;  // of l: [functions] [1/angstrom]
    std::vector<at::Tensor> factors_;       // of l: [functions]
};

/// The first positive zeros of j_l, by bisection between those of j_(l-1). Contract: l >= 0.
std::vector<double> zeros_of_spherical_bessel(int l, std::int64_t count);

}  // namespace fibonaqi::nn
