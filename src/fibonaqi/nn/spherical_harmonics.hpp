// Real spherical harmonics of directions.
#pragma once

#include <vector>

#include <ATen/ATen.h>

namespace fibonaqi::nn {

/// Real spherical harmonics for l = 0..max_ell <= 4 in the convention of e3nn: y is the polar axis, l = 1 is
/// sqrt(3) (x, y, z), and the squares of the components of one l sum to 2l + 1 ("component" normalisation, no
/// 4 pi). They are written as homogeneous polynomials of the unit vector, so that they are one table: another
/// l takes more rows in spherical_harmonics.cpp and nothing else.
class SphericalHarmonics {
  public:
    static constexpr int highest_ell = 4;

    /// Constants in the given dtype and device. Contract: 0 <= max_ell <= highest_ell.
    SphericalHarmonics(int max_ell, const at::TensorOptions& options);

    /// Unit vectors [E, 3] -> [E, (max_ell + 1)^2], the components of l in columns l^2 .. l^2 + 2l.
    at::Tensor evaluate(const at::Tensor& unit) const;

  private:
    // Monomials of degree d: monomial parent[i] of degree d - 1 times coordinate axis[i].
    struct Degree {
        at::Tensor parent, axis;
    };
    std::vector<Degree> degrees_;  // from degree 2
    at::Tensor coefficients_;      // [number of monomials, components]
};

}  // namespace fibonaqi::nn
