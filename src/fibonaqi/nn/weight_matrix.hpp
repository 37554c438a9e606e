// Where the matrices of linear maps lie in the weights of a network.
//
// A dense layer stores one matrix; a linear map of irreps stores several in one flat tensor, one per pair of
// blocks and, where elements have maps of their own, per element.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include <ATen/ATen.h>

namespace fibonaqi::nn {

/// `count` matrices [rows, columns] of one parameter, columns innermost. Lengths and strides are in numbers.
struct WeightMatrix {
    std::string parameter;   ///< the name of the tensor
    std::int64_t begin = 0;  ///< first number of the first matrix
    std::int64_t count = 1, rows = 0, columns = 0;
    std::int64_t count_stride = 0;  ///< from one matrix to the next; not used where there is one
    std::int64_t row_stride = 0;    ///< from one row to the next

    /// They as a view [count, rows, columns] of the contiguous tensor that holds them (the parameter, or its
    /// gradient).
    at::Tensor view(const at::Tensor& tensor) const;
};

/// One matrix that is the whole tensor.
WeightMatrix whole_matrix(std::int64_t rows, std::int64_t columns);

/// For networks that say nothing else: every parameter of two dimensions is one matrix.
std::vector<WeightMatrix> matrices_by_shape(
    const std::vector<std::pair<std::string, at::Tensor>>& parameters);

}  // namespace fibonaqi::nn
