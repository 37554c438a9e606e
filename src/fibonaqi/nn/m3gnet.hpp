// M3GNet (Chen and Ong, Nat. Comput. Sci. 2, 718 (2022)) in the form that matgl trains and publishes (Ko et
// al., npj Comput. Mater. 11, 253 (2025)): invariant features of atoms and of bonds, which see the angles
// between them. It is the encoder of DIRECT sampling (Qi et al., npj Comput. Mater. 10, 43 (2024)).
#pragma once

#include <string>
#include <vector>

#include "fibonaqi/nn/gated_readout.hpp"
#include "fibonaqi/nn/graph_network.hpp"
#include "fibonaqi/nn/m3gnet_blocks.hpp"

namespace fibonaqi::nn {

/// Energy of an atom = scale times the gated readout of its features after the last block. These features are
/// the embedding too.
class M3GNet : public GraphNetwork {
  public:
    /// Reads tensors under the names that matgl gives them, without "model." in front, but for the last
    /// layer; tensors that it does not know are kept for store(). Throws ModelError.
    M3GNet(const ModelFile& model, const at::TensorOptions& options);

    std::vector<std::string> readout_weights(ReadoutSet set) const override { return readout_.names(set); }
    /// The blocks; the vectors of elements and of bonds with the first.
    std::vector<std::vector<std::string>> layers() const override;

  protected:
    GraphEnergies energies(const GraphBatch& batch, const at::Tensor& vectors,
                           const NetworkRequest& request) const override;

  private:
    M3GNet(const ModelFile& model, WeightReader reader, const M3GNetOptions& options);

    M3GNetOptions hyper_;
    M3GNetGeometry geometry_;
    at::Tensor elements_;  // [elements of the card, node_channels]
    Dense bonds_;
    std::vector<M3GNetBlock> blocks_;
    GatedReadout readout_;
};

}  // namespace fibonaqi::nn
