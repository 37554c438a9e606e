// The tensors, modules and attributes of a pickled torch.nn.Module, found by walking its record.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "fibonaqi/model/torch_archive.hpp"

namespace fibonaqi {

/// Modules by their path ("interactions.0.linear"; the root is ""), tensors by module path and name, as in a
/// state dict. Values belong to the archive's document, which must outlive this.
struct ModuleTree {
    TensorMap tensors;                    ///< without empty ones
    std::vector<std::string> parameters;  ///< names of the trainable ones, in the model's order
    std::map<std::string, const PickleValue*> modules;
};

/// An attribute that is a number: of Python or a NumPy float64. Empty for anything else.
std::optional<double> number_of(const PickleValue& value);

/// Walks parameters, buffers and submodules from the root. Tensors whose full name `is_wanted` refuses are
/// not read. Throws ModelError naming `source` beyond 10,000 modules, 32 levels or a
/// million members, or for a name that is not
/// made of letters, digits and underscores.
ModuleTree read_module_tree(TorchArchive& archive, const std::function<bool(const std::string&)>& is_wanted,
                            const std::string& source);

}  // namespace fibonaqi
