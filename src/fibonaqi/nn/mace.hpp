// MACE (Batatia et al., NeurIPS 2022, arXiv:2206.07697) as mace-torch trains and publishes it: MACE-MP-0 and
// its successors, models with vector features, density normalisation, distance transforms, pair repulsion.
//
// One head: of a model with several, import keeps one. Not here, and refused by mace_options_from: the
// non-linear interaction blocks, charges and dipoles.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "fibonaqi/nn/graph_network.hpp"
#include "fibonaqi/nn/interaction.hpp"
#include "fibonaqi/nn/pair_repulsion.hpp"
#include "fibonaqi/nn/readout.hpp"
#include "fibonaqi/nn/spherical_harmonics.hpp"
#include "fibonaqi/nn/symmetric_contraction.hpp"

namespace fibonaqi::nn {

class Mace : public GraphNetwork {
  public:
    /// Reads tensors under the names that mace-torch gives them, U matrices included; tensors that it does
    /// not know are kept for store(). Throws ModelError.
    Mace(const ModelFile& model, const at::TensorOptions& options);

    std::vector<std::string> readout_weights(ReadoutSet set) const override;
    /// An interaction with its product each; the vectors of the elements belong to the first.
    std::vector<std::vector<std::string>> layers() const override;

  protected:
    GraphEnergies energies(const GraphBatch& batch, const at::Tensor& vectors,
                           const NetworkRequest& request) const override;

  private:
    Mace(const ModelFile& model, WeightReader reader, const MaceOptions& options);

    /// Lengths [E], harmonics and radial functions of all edges.
    Environment environment(const GraphBatch& batch, const at::Tensor& vectors,
                            const at::Tensor& length) const;
    /// The product of a layer, its linear map and the skip: features [2l + 1, N, C] of l = 0, 1, ...
    BlockFeatures product(std::size_t layer, const Interaction::Output& around,
                          const ElementGroups& elements) const;

    MaceOptions hyper_;
    at::Tensor embedding_;
    RadialBasis radial_;
    SphericalHarmonics harmonics_;
    // Present where the hyperparameters ask for them.
    std::optional<AgnesiTransform> transform_;
    std::optional<PairRepulsion> repulsion_;
    std::vector<Interaction> interactions_;
    std::vector<SymmetricContraction> products_;
    std::vector<IrrepsLinear> product_linear_;
    std::vector<LinearReadout> readouts_;  // of all layers but the last; empty: the last one alone counts
    LastReadout last_readout_;
};

}  // namespace fibonaqi::nn
