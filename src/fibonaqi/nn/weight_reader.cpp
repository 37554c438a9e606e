#include "fibonaqi/nn/weight_reader.hpp"

#include <algorithm>

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
    return shape.size() == 2 ? parameter(name, shape, {whole_matrix(shape[0], shape[1])})
                             : parameter(name, shape, {});
}

at::Tensor WeightReader::parameter(const std::string& name, const std::vector<std::int64_t>& shape,
                                   const std::vector<WeightMatrix>& matrices) {
    parameters_.emplace_back(name, buffer(name, shape).contiguous().requires_grad_(true));
    for (const WeightMatrix& matrix : matrices) {
        matrices_.push_back(matrix);
        matrices_.back().parameter = name;
    }
    return parameters_.back().second;
}

at::Tensor WeightReader::by_species(const std::string& name, const std::vector<int>& species) const {
    const at::Tensor table = host_buffer(name);
    const std::int64_t largest = *std::max_element(species.begin(), species.end());
    if (table.dim() != 1 || table.size(0) <= largest) {
        throw ModelError("model '" + model_.card.name + "': tensor '" + name +
                         "' is no table over atomic numbers up to " + std::to_string(largest) +
                         " (the file does not fit its card) get or import the model anew");
    }
    const std::vector<std::int64_t> rows(species.begin(), species.end());
    return table.index_select(0, at::tensor(rows, at::kLong))
        .to(options_.device(), options_.dtype().toScalarType());
}

double WeightReader::number(const std::string& name) const {
    const at::Tensor tensor = host_buffer(name);
    if (tensor.numel() != 1) {
        throw ModelError("model '" + model_.card.name + "': tensor '" + name + "' holds " +
                         std::to_string(tensor.numel()) +
                         " numbers where one belongs (the file does not fit its card) get or import the "
                         "model anew");
    }
    return tensor.item<double>();
}

at::Tensor WeightReader::host_buffer(const std::string& name) const {
    return to_torch(find(name)).to(at::kDouble);
}

}  // namespace fibonaqi::nn
