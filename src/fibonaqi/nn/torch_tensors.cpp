#include "fibonaqi/nn/torch_tensors.hpp"

#include <cstring>

#include "fibonaqi/base/contract.hpp"
#include "fibonaqi/base/error.hpp"

namespace fibonaqi::nn {
namespace {

at::ScalarType scalar_type_of(TensorType type) {
    switch (type) {
        case TensorType::float32:
            return at::kFloat;
        case TensorType::float64:
            return at::kDouble;
        case TensorType::int64:
            return at::kLong;
        case TensorType::int32:
            return at::kInt;
        case TensorType::uint8:
            return at::kByte;
    }
    FIBONAQI_EXPECT(false);
}

}  // namespace

at::Tensor to_torch(const StoredTensor& stored) {
    at::Tensor tensor = at::empty(stored.shape, at::TensorOptions().dtype(scalar_type_of(stored.type)));
    FIBONAQI_EXPECT(tensor.nbytes() == stored.data.size());
    std::memcpy(tensor.data_ptr(), stored.data.data(), stored.data.size());
    return tensor;
}

StoredTensor to_stored(const at::Tensor& tensor, TensorType type) {
    const at::Tensor host = tensor.detach().to(at::kCPU, scalar_type_of(type)).contiguous();
    StoredTensor stored;
    stored.type = type;
    stored.shape = host.sizes().vec();
    stored.data.resize(host.nbytes());
    std::memcpy(stored.data.data(), host.data_ptr(), host.nbytes());
    return stored;
}

at::ScalarType scalar_type_from(const std::string& name) {
    if (name == "float32") {
        return at::kFloat;
    }
    if (name == "float64") {
        return at::kDouble;
    }
    throw ConfigError("unknown dtype '" + name + "' (known: float32, float64)");
}

}  // namespace fibonaqi::nn
