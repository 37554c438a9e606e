// MACE (Batatia et al., NeurIPS 2022, arXiv:2206.07697) with scalar hidden features, in the form in which
// MACE-MP-0 small is published.
//
// Not here, and refused by mace_options_from: vector features, density normalisation, distance transforms,
// pair repulsion, several heads. Each has its place: another Interaction, another RadialBasis, a term of
// node_energies, a wider readout.
#pragma once

#include <string>
#include <vector>

#include "fibonaqi/nn/graph_network.hpp"
#include "fibonaqi/nn/interaction.hpp"
#include "fibonaqi/nn/readout.hpp"
#include "fibonaqi/nn/spherical_harmonics.hpp"
#include "fibonaqi/nn/symmetric_contraction.hpp"

namespace fibonaqi::nn {

class Mace : public GraphNetwork {
  public:
    /// Reads tensors under the names that mace-torch gives them, U matrices included; tensors that it does
    /// not know are kept for store(). Throws ModelError.
    Mace(const ModelFile& model, const at::TensorOptions& options);

    std::string last_layer_name() const override { return last_readout_.weight_name(); }

  protected:
    GraphEnergies energies(const GraphBatch& batch, const at::Tensor& vectors,
                           const at::Tensor& last_layer) const override;

  private:
    Mace(const ModelFile& model, WeightReader reader, const MaceOptions& options);

    /// Harmonics and radial functions of all edges.
    Environment environment(const GraphBatch& batch, const at::Tensor& vectors) const;

    MaceOptions hyper_;
    at::Tensor embedding_;
    RadialBasis radial_;
    SphericalHarmonics harmonics_;
    std::vector<Interaction> interactions_;
    std::vector<SymmetricContraction> products_;
    std::vector<at::Tensor> product_linear_;
    std::vector<LinearReadout> readouts_;  // of all layers but the last
    LastReadout last_readout_;
};

}  // namespace fibonaqi::nn
