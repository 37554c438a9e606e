#include "fibonaqi/model/named_shapes.hpp"

#include <functional>
#include <numeric>

#include "fibonaqi/base/error.hpp"

namespace fibonaqi {
namespace {

std::string text_of(const std::vector<std::int64_t>& shape) {
    std::string text = "[";
    for (const std::int64_t length : shape) {
        text += (text.size() > 1 ? ", " : "") + std::to_string(length);
    }
    return text + "]";
}

}  // namespace

std::int64_t NamedShape::count() const {
    return std::accumulate(shape.begin(), shape.end(), std::int64_t{1}, std::multiplies<>());
}

Json record_of(const std::vector<NamedShape>& parameters) {
    Json names = Json::array();
    std::int64_t numbers = 0;
    for (const NamedShape& parameter : parameters) {
        names.push_back(parameter.name);
        numbers += parameter.count();
    }
    return Json{{"parameters", names}, {"n_parameters", numbers}};
}

void require_shapes(const TensorMap& tensors, const std::vector<NamedShape>& expected,
                    const std::string& source) {
    for (const auto& [name, shape] : expected) {
        const auto found = tensors.find(name);
        if (found == tensors.end()) {
            throw ModelError(source + ": tensor '" + name +
                             "' is missing (the weights do not fit their description) get the model anew");
        }
        if (found->second.shape != shape) {
            throw ModelError(source + ": tensor '" + name + "' has the shape " +
                             text_of(found->second.shape) + " where " + text_of(shape) +
                             " belongs (the weights do not fit their description) get the model anew");
        }
    }
}

}  // namespace fibonaqi
