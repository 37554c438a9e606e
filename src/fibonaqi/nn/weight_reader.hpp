// Takes the weights of a network out of a model file, shapes checked.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include <ATen/ATen.h>

#include "fibonaqi/model/tensor_file.hpp"
#include "fibonaqi/nn/weight_matrix.hpp"

namespace fibonaqi::nn {

/// Blocks of a network read their weights through one of these, in the order in which parameters are listed.
/// Every failure is a ModelError that names the tensor.
class WeightReader {
  public:
    /// Tensors get the dtype and device of `options`. `model` must outlive the reader.
    WeightReader(const ModelFile& model, const at::TensorOptions& options);

    /// A trainable leaf of this shape; of two dimensions it is one matrix of a linear map.
    at::Tensor parameter(const std::string& name, const std::vector<std::int64_t>& shape);
    /// The same where that is not so: `matrices` (their `parameter` is set here) lie in it, or none.
    at::Tensor parameter(const std::string& name, const std::vector<std::int64_t>& shape,
                         const std::vector<WeightMatrix>& matrices);
    /// A constant of this shape.
    at::Tensor buffer(const std::string& name, const std::vector<std::int64_t>& shape) const;
    /// Entries of a table over atomic numbers, for these species: [species].
    at::Tensor by_species(const std::string& name, const std::vector<int>& species) const;
    /// The only number of a tensor.
    double number(const std::string& name) const;
    bool has(const std::string& name) const { return model_.tensors.contains(name); }
    /// A constant of any shape on the host, in float64.
    at::Tensor host_buffer(const std::string& name) const;

    /// All parameters read so far, by name, in order.
    const std::vector<std::pair<std::string, at::Tensor>>& parameters() const { return parameters_; }
    /// The matrices in them, in the same order.
    const std::vector<WeightMatrix>& matrices() const { return matrices_; }
    const at::TensorOptions& options() const { return options_; }

  private:
    const StoredTensor& find(const std::string& name) const;

    const ModelFile& model_;
    at::TensorOptions options_;
    std::vector<std::pair<std::string, at::Tensor>> parameters_;
    std::vector<WeightMatrix> matrices_;
};

}  // namespace fibonaqi::nn
