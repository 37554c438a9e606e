// Standardised features in the axes of their largest spread: the first two steps of DIRECT.
#pragma once

#include <ATen/ATen.h>

namespace fibonaqi {

/// Every column of `rows` [n, d] is shifted to mean 0 and scaled to (population) variance 1, constant ones to
/// 0; then follow the principal components. Kept are those whose variance (of n - 1) is above 1 (Kaiser's
/// rule), at least one; every score is multiplied by its component's share of the total variance (Qi et al.,
/// npj Comput. Mater. 10 (2024) 43, DIRECT). Returns [n, m] on the host; the sign of a column is arbitrary. n
/// >= 2.
at::Tensor principal_scores(const at::Tensor& rows);

}  // namespace fibonaqi
