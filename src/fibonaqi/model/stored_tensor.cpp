#include <cstring>

#include "fibonaqi/base/contract.hpp"
#include "fibonaqi/model/tensor_file.hpp"

namespace fibonaqi {
namespace {

template <class T>
std::vector<double> widened(const std::vector<std::byte>& data) {
    std::vector<double> values(data.size() / sizeof(T));
    for (std::size_t i = 0; i < values.size(); ++i) {
        T value;
        std::memcpy(&value, data.data() + i * sizeof(T), sizeof(T));
        values[i] = static_cast<double>(value);
    }
    return values;
}

template <class T>
std::vector<std::byte> narrowed(const std::vector<double>& values) {
    std::vector<std::byte> data(values.size() * sizeof(T));
    for (std::size_t i = 0; i < values.size(); ++i) {
        const T value = static_cast<T>(values[i]);
        std::memcpy(data.data() + i * sizeof(T), &value, sizeof(T));
    }
    return data;
}

}  // namespace

std::size_t size_of(TensorType type) {
    switch (type) {
        case TensorType::float64:
        case TensorType::int64:
            return 8;
        case TensorType::float32:
        case TensorType::int32:
            return 4;
        case TensorType::uint8:
            return 1;
    }
    throw ContractError("unknown tensor type");
}

std::int64_t StoredTensor::count() const {
    std::int64_t product = 1;
    for (const std::int64_t length : shape) {
        FIBONAQI_EXPECT(length >= 0 && !__builtin_mul_overflow(product, length, &product));
    }
    return product;
}

std::vector<double> StoredTensor::as_doubles() const {
    switch (type) {
        case TensorType::float64:
            return widened<double>(data);
        case TensorType::float32:
            return widened<float>(data);
        case TensorType::int64:
            return widened<std::int64_t>(data);
        case TensorType::int32:
            return widened<std::int32_t>(data);
        case TensorType::uint8:
            return widened<std::uint8_t>(data);
    }
    throw ContractError("unknown tensor type");
}

StoredTensor StoredTensor::from_doubles(const std::vector<double>& values, std::vector<std::int64_t> shape,
                                        TensorType type) {
    StoredTensor tensor{type, std::move(shape), {}};
    FIBONAQI_EXPECT(static_cast<std::size_t>(tensor.count()) == values.size());
    switch (type) {
        case TensorType::float64:
            tensor.data = narrowed<double>(values);
            break;
        case TensorType::float32:
            tensor.data = narrowed<float>(values);
            break;
        case TensorType::int64:
            tensor.data = narrowed<std::int64_t>(values);
            break;
        case TensorType::int32:
            tensor.data = narrowed<std::int32_t>(values);
            break;
        case TensorType::uint8:
            tensor.data = narrowed<std::uint8_t>(values);
            break;
    }
    return tensor;
}

}  // namespace fibonaqi
