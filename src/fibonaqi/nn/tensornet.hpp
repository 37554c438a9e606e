// TensorNet (Simeon and De Fabritiis, NeurIPS 2023, arXiv:2306.06482) in the form that matgl trains and
// publishes (Ko et al., npj Comput. Mater. 11, 253 (2025)): a 3x3 matrix per atom and channel, and products
// of matrices instead of Clebsch-Gordan coefficients.
#pragma once

#include <string>
#include <vector>

#include "fibonaqi/nn/gated_readout.hpp"
#include "fibonaqi/nn/graph_network.hpp"
#include "fibonaqi/nn/tensornet_blocks.hpp"

namespace fibonaqi::nn {

/// Energy of an atom = scale times the gated readout of invariants of its tensors. The invariants are the
/// embedding too.
class TensorNet : public GraphNetwork {
  public:
    /// Reads tensors under the names that matgl gives them, without "model." in front, but for the last
    /// layer; tensors that it does not know are kept for store(). Throws ModelError.
    TensorNet(const ModelFile& model, const at::TensorOptions& options);

    std::vector<std::string> readout_weights(ReadoutSet set) const override { return readout_.names(set); }
    /// The embedding, which looks at neighbours too, then the interactions.
    std::vector<std::vector<std::string>> layers() const override;

  protected:
    GraphEnergies energies(const GraphBatch& batch, const at::Tensor& vectors,
                           const NetworkRequest& request) const override;

  private:
    TensorNet(const ModelFile& model, WeightReader reader, const TensorNetOptions& options);

    TensorNetOptions hyper_;
    TensorNetRadial radial_;
    TensorCoupling coupling_;
    TensorNetEmbedding embedding_;
    std::vector<TensorNetInteraction> interactions_;
    TensorNetInvariants invariants_;
    GatedReadout readout_;
};

}  // namespace fibonaqi::nn
