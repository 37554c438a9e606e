// Tensors that a model must have: what importers expect and initialisations make.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "fibonaqi/base/json.hpp"
#include "fibonaqi/model/tensor_file.hpp"

namespace fibonaqi {

struct NamedShape {
    std::string name;
    std::vector<std::int64_t> shape;

    std::int64_t count() const;  ///< numbers in it
};

/// {"parameters": names in their order, "n_parameters": numbers in all of them}: hyperparameters of any card.
Json record_of(const std::vector<NamedShape>& parameters);

/// Throws ModelError naming the first tensor that is missing or has another shape.
void require_shapes(const TensorMap& tensors, const std::vector<NamedShape>& expected,
                    const std::string& source);

}  // namespace fibonaqi
