// A TorchScript module as this program uses one: loaded from memory, called by one convention, and its
// failures turned into sentences.
//
// The convention is
//   forward(vectors [E, 3], edge_index [2, E] int64, element [N] int64) -> energy of every atom [N]
// with vectors = r[edge_index[1]] - r[edge_index[0]] + shift in angstrom, energies in eV, and element the
// index into the card's species. Vectors instead of positions leave nothing to do for strain, translations
// and periodic images, and suit every potential on a neighbour graph: one that wants positions and shifts
// gets zeros and the vectors.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <ATen/ATen.h>
#include <torch/csrc/jit/api/module.h>

#include "fibonaqi/nn/graph_batch.hpp"

namespace fibonaqi::nn {

/// Not thread-safe. The executor neither profiles nor optimises: with varying shapes its first calls are many
/// times slower, and its legacy mode gives wrong second derivatives.
class ScriptedModule {
  public:
    /// Runs code of the program: trust must have been checked. The module is in evaluation mode (no dropout),
    /// its floating tensors get dtype and device. Throws ModelError naming `name` when it cannot be loaded or
    /// its forward() takes other arguments.
    ScriptedModule(std::string_view program, std::string name, const at::TensorOptions& options);

    /// Leaves that require a gradient, by their paths in the module, one of each when weights are shared.
    std::vector<std::pair<std::string, at::Tensor>> parameters() const;

    /// [N] float64 [eV], differentiable in vectors and parameters. Throws ModelError for a result of another
    /// shape or precision, and when the program fails.
    at::Tensor node_energy(const GraphBatch& batch, const at::Tensor& vectors) const;

    /// Floating type of the first parameter in the file; float64 without any.
    at::ScalarType own_type() const { return own_type_; }

    /// The module as a TorchScript file, weights as they are.
    std::string save() const;

  private:
    void check_signature() const;
    void convert();

    std::string name_;
    at::TensorOptions options_;
    at::ScalarType own_type_ = at::kDouble;
    mutable torch::jit::Module module_;
};

/// Runs `work`; what LibTorch throws in it becomes a ModelError "model 'NAME': PROBLEM (its last line)".
void with_script_errors(const std::string& name, const std::string& problem,
                        const std::function<void()>& work);

}  // namespace fibonaqi::nn
