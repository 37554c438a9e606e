// How features of two orders make one of a third: Clebsch-Gordan coefficients in the basis of real harmonics.
#pragma once

#include <vector>

namespace fibonaqi {

/// One entry that is not zero.
struct CouplingTerm {
    int m1 = 0, m2 = 0, m3 = 0;  ///< components, each from 0 to 2l
    double value = 0.0;
};

/// The real tensor C with
///   sum over m1, m2, m3 of C x_m1 y_m2 z_m3 invariant under rotations
/// for x, y, z that transform like the harmonics of order l1, l2, l3 (spherical_harmonics.hpp). It is unique
/// but for its length and sign: here sum C^2 = 1, and the sign is that of e3nn's wigner_3j since its
/// version 0.5 (older ones differ in (1, l, l), l > 1, in any order; sums l1 + l2 + l3 that are even agree):
/// Clebsch-Gordan coefficients <l1 m1 l2 m2 | l3 m3> with the phases of Condon and Shortley (Racah's
/// formula), taken to the real harmonics
///   r_0 = |0>,  r_m = ((-1)^m |m> + |-m>) / sqrt 2,  r_-m = i ((-1)^m |m> - |-m>) / sqrt 2   (m > 0)
/// with a factor (-i)^l for order l, which makes C real.
/// Contract: 0 <= l, |l1 - l2| <= l3 <= l1 + l2. Sorted by (m1, m2, m3).
std::vector<CouplingTerm> wigner_3j(int l1, int l2, int l3);

/// |l1 - l2| <= l3 <= l1 + l2.
bool can_couple(int l1, int l2, int l3);

}  // namespace fibonaqi
