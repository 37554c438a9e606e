// Between the tensors of model files (no LibTorch) and those of LibTorch.
#pragma once

#include <ATen/ATen.h>

#include "fibonaqi/model/tensor_file.hpp"

namespace fibonaqi::nn {

/// A copy on the host with the stored type.
at::Tensor to_torch(const StoredTensor& stored);

/// A copy of a tensor on any device; floating values are converted to `type`. Throws ContractError for a type
/// that model files cannot hold.
StoredTensor to_stored(const at::Tensor& tensor, TensorType type);

/// "float32" or "float64". Throws ConfigError for anything else.
at::ScalarType scalar_type_from(const std::string& name);

}  // namespace fibonaqi::nn
