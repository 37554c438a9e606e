// Random tensors for tests of networks: the same numbers on every machine.
#pragma once

#include <vector>

#include <ATen/ATen.h>

#include "fibonaqi/base/rng.hpp"
#include "fibonaqi/model/tensor_file.hpp"

namespace fibonaqi::test {

inline const at::TensorOptions float64 = at::TensorOptions().dtype(at::kDouble);

/// Normally distributed, float64.
inline at::Tensor random_tensor(const std::vector<std::int64_t>& shape, std::uint64_t item) {
    KeyedRng rng(3, "mace blocks", 0, item);
    at::Tensor values = at::empty(shape, at::kDouble);
    for (std::int64_t i = 0; i < values.numel(); ++i) {
        values.data_ptr<double>()[i] = rng.normal();
    }
    return values;
}

inline double largest_difference(const at::Tensor& a, const at::Tensor& b) {
    return (a - b).abs().max().item<double>();
}

inline StoredTensor stored(const at::Tensor& tensor) {
    const at::Tensor host = tensor.contiguous();
    return StoredTensor::from_doubles({host.data_ptr<double>(), host.data_ptr<double>() + host.numel()},
                                      host.sizes().vec(), TensorType::float64);
}

}  // namespace fibonaqi::test
