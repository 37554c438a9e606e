// MACE (Batatia et al., NeurIPS 2022, arXiv:2206.07697) with scalar hidden features, in the form in which
// MACE-MP-0 small is published.
//
// Not here, and refused by mace_options_from: vector features, density normalisation, distance transforms,
// pair repulsion, several heads. Each has its place: another Interaction, another RadialBasis, a term of
// node_energies, a wider readout.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "fibonaqi/nn/interaction.hpp"
#include "fibonaqi/nn/network.hpp"
#include "fibonaqi/nn/readout.hpp"
#include "fibonaqi/nn/spherical_harmonics.hpp"
#include "fibonaqi/nn/symmetric_contraction.hpp"

namespace fibonaqi::nn {

class Mace : public Network {
  public:
    /// Reads tensors under the names that mace-torch gives them, U matrices included; tensors that it does
    /// not know are kept for store(). Throws ModelError.
    Mace(const ModelFile& model, const at::TensorOptions& options);

    const ModelCard& card() const override { return model_.card; }
    NetworkOutput evaluate(const GraphBatch& batch, const NetworkRequest& request) const override;
    std::vector<std::pair<std::string, at::Tensor>> parameters() const override { return parameters_; }
    std::string last_layer_name() const override { return last_readout_.weight_name(); }
    at::TensorOptions options() const override { return options_; }
    void set_e0(const std::vector<double>& e0) override;
    ModelFile store(TensorType type) const override;

  private:
    Mace(const ModelFile& model, WeightReader reader, const MaceOptions& options);

    /// Harmonics and radial functions of all edges from their vectors [E, 3] [angstrom], strain included.
    Environment environment(const GraphBatch& batch, const at::Tensor& vectors) const;
    /// Everything but the derivatives. last_layer as in NetworkRequest.
    NetworkOutput energies(const GraphBatch& batch, const at::Tensor& vectors,
                           const at::Tensor& last_layer) const;

    ModelFile model_;  // as read; weights and E0 in it may be older than those in use
    at::TensorOptions options_;
    MaceOptions hyper_;
    at::Tensor e0_;  // [elements] float64
    at::Tensor embedding_;
    RadialBasis radial_;
    SphericalHarmonics harmonics_;
    std::vector<Interaction> interactions_;
    std::vector<SymmetricContraction> products_;
    std::vector<at::Tensor> product_linear_;
    std::vector<LinearReadout> readouts_;  // of all layers but the last
    LastReadout last_readout_;
    std::vector<std::pair<std::string, at::Tensor>> parameters_;
};

}  // namespace fibonaqi::nn
