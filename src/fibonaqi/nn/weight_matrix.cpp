#include "fibonaqi/nn/weight_matrix.hpp"

namespace fibonaqi::nn {

at::Tensor WeightMatrix::view(const at::Tensor& tensor) const {
    return at::as_strided(tensor, {count, rows, columns}, {count_stride, row_stride, 1}, begin);
}

WeightMatrix whole_matrix(std::int64_t rows, std::int64_t columns) {
    return {"", 0, 1, rows, columns, rows * columns, columns};
}

std::vector<WeightMatrix> matrices_by_shape(
    const std::vector<std::pair<std::string, at::Tensor>>& parameters) {
    std::vector<WeightMatrix> matrices;
    for (const auto& [name, tensor] : parameters) {
        if (tensor.dim() == 2) {
            matrices.push_back(whole_matrix(tensor.size(0), tensor.size(1)));
            matrices.back().parameter = name;
        }
    }
    return matrices;
}

}  // namespace fibonaqi::nn
