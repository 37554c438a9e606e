// Tensors that a model must have: what importers expect and initialisations make.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "fibonaqi/base/json.hpp"
#include "fibonaqi/model/tensor_file.hpp"

namespace fibonaqi {

struct NamedShape {
    std::string name;
    std::vector<std::int64_t> shape;

    std::int64_t count() const;  ///< numbers in it
};

/// Shapes one after the other, as the layouts of networks list them: a network looks for its tensors by these
/// names, and the importer of a foreign file refuses one that lacks any.
class ShapeList {
  public:
    /// Any tensor; its axes in the order of the file.
    void add(const std::string& name, std::vector<std::int64_t> shape) {
        shapes_.push_back({name, std::move(shape)});
    }
    /// PREFIX.weight [out, in] and PREFIX.bias [out].
    void layer(const std::string& prefix, std::int64_t in, std::int64_t out) {
        add(prefix + ".weight", {out, in});
        add(prefix + ".bias", {out});
    }
    /// Those of a part that several networks have.
    void append(const std::vector<NamedShape>& more) {
        shapes_.insert(shapes_.end(), more.begin(), more.end());
    }
    const std::vector<NamedShape>& all() const { return shapes_; }

  private:
    std::vector<NamedShape> shapes_;
};

/// {"parameters": names in their order, "n_parameters": numbers in all of them}: hyperparameters of any card.
Json record_of(const std::vector<NamedShape>& parameters);

/// Throws ModelError naming the first tensor that is missing or has another shape.
void require_shapes(const TensorMap& tensors, const std::vector<NamedShape>& expected,
                    const std::string& source);

}  // namespace fibonaqi
