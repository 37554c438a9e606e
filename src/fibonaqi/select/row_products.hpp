// Products with all rows of a large matrix: the one operation that every strategy repeats.
//
// Rows are read once, piece by piece, with no copy of the matrix, and every number is the same bit for bit
// whatever the number of threads. On a device other than the CPU the same is left to LibTorch.
#pragma once

#include <vector>

#include <ATen/ATen.h>

namespace fibonaqi {

/// g_i . v of every row of `rows` [n, d] with `vector` [d], both float64: [n].
at::Tensor row_products(const at::Tensor& rows, const at::Tensor& vector);

/// |g_i|^2 of every row of a float64 matrix: [n].
at::Tensor row_squares(const at::Tensor& rows);

/// sum_i w_i g_i of the rows of a float64 matrix [n, d] with weights [n] on the same device: [d].
at::Tensor row_combination(const at::Tensor& rows, const at::Tensor& weights);

/// Whether all numbers of a row are finite, for a matrix of any floating type.
std::vector<bool> finite_rows(const at::Tensor& rows);

/// Numbers of a float64 tensor, on the host.
std::vector<double> to_host(const at::Tensor& values);

}  // namespace fibonaqi
