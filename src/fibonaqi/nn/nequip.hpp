// NequIP (Batzner et al., Nat. Commun. 13, 2453 (2022)) in the form that SevenNet trains and publishes (Park
// et al., J. Chem. Theory Comput. 20, 4857 (2024)).
#pragma once

#include <string>
#include <vector>

#include "fibonaqi/nn/graph_network.hpp"
#include "fibonaqi/nn/nequip_layer.hpp"
#include "fibonaqi/nn/spherical_harmonics.hpp"

namespace fibonaqi::nn {

/// Energy of an atom = E0 + s u . (W h) of its invariant features h after the last layer, with u the last
/// layer, W a matrix before it, and s a factor of the element. Where parity is not followed, the mirror image
/// of a structure may have another energy.
class Nequip : public GraphNetwork {
  public:
    /// Reads tensors under the names of nequip_layout.hpp; others are kept for store(). Throws ModelError.
    Nequip(const ModelFile& model, const at::TensorOptions& options);

    /// The energy is linear in u alone; the set of all readouts holds W too.
    std::vector<std::string> readout_weights(ReadoutSet set) const override;
    /// The vectors of the elements belong to the first.
    std::vector<std::vector<std::string>> layers() const override;

  protected:
    GraphEnergies energies(const GraphBatch& batch, const at::Tensor& vectors,
                           const NetworkRequest& request) const override;

  private:
    Nequip(const ModelFile& model, WeightReader reader, const NequipOptions& options);
    Environment environment(const GraphBatch& batch, const at::Tensor& vectors) const;

    NequipLayout layout_;
    NequipRadial radial_;
    SphericalHarmonics harmonics_;
    at::Tensor embedding_;  // flat [elements, channels]
    std::vector<NequipLayer> layers_;
    at::Tensor readout_;     // W, flat [channels, d]
    at::Tensor last_layer_;  // u, [d]
    at::Tensor scale_;       // s, [elements] [eV]
};

}  // namespace fibonaqi::nn
