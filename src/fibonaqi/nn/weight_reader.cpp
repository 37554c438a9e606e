#include "fibonaqi/nn/weight_reader.hpp"

#include "fibonaqi/base/error.hpp"
#include "fibonaqi/nn/torch_tensors.hpp"

namespace fibonaqi::nn {
namespace {

std::string text_of(const std::vector<std::int64_t>& shape) {
    std::string text = "[";
    for (const std::int64_t length : shape) {
        text += (text.size() > 1 ? ", " : "") + std::to_string(length);
    }
    return text + "]";
}

}  // namespace

WeightReader::WeightReader(const ModelFile& model, const at::TensorOptions& options)
    : model_(model), options_(options) {}

const StoredTensor& WeightReader::find(const std::string& name) const {
    const auto found = model_.tensors.find(name);
    if (found == model_.tensors.end()) {
        throw ModelError("model '" + model_.card.name + "': tensor '" + name +
                         "' is missing (the file does not fit its card) get or import the model anew");
    }
    return found->second;
}

at::Tensor WeightReader::buffer(const std::string& name, const std::vector<std::int64_t>& shape) const {
    const StoredTensor& stored = find(name);
    if (stored.shape != shape) {
        throw ModelError("model '" + model_.card.name + "': tensor '" + name + "' has the shape " +
                         text_of(stored.shape) + " where its card implies " + text_of(shape) +
                         " (the file does not fit its card) get or import the model anew");
    }
    return to_torch(stored).to(options_.device(), options_.dtype().toScalarType());
}

at::Tensor WeightReader::parameter(const std::string& name, const std::vector<std::int64_t>& shape) {
    parameters_.emplace_back(name, buffer(name, shape).requires_grad_(true));
    return parameters_.back().second;
}

at::Tensor WeightReader::host_buffer(const std::string& name) const {
    return to_torch(find(name)).to(at::kDouble);
}

}  // namespace fibonaqi::nn
