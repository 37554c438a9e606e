// Features in two dimensions, to be looked at.
#pragma once

#include <array>

#include <ATen/ATen.h>

namespace fibonaqi {

/// The plane of largest variance of n rows: the first two principal components.
struct FeatureMap {
    at::Tensor mean;                 ///< [d]
    at::Tensor axes;                 ///< [d, 2], orthonormal; a second axis of zeros where d is 1
    std::array<double, 2> shares{};  ///< of the total variance; 0 where there is none

    /// Where rows [m, d] stand in it, [m, 2]. Other rows than those it was made of are allowed.
    at::Tensor place(const at::Tensor& rows) const;
};

/// float64, on the device of `rows` [n, d]. The sign of an axis is such that its entry of largest size (the
/// first of equals) is positive: a map drawn again is not mirrored. n and d >= 1, all rows finite.
FeatureMap feature_map(const at::Tensor& rows);

}  // namespace fibonaqi
