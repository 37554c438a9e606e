// What all networks on a neighbour graph share: edge vectors under strain, forces and virial as derivatives
// of the energy, reference energies, and the way back into a model file.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "fibonaqi/nn/network.hpp"
#include "fibonaqi/nn/weight_reader.hpp"

namespace fibonaqi::nn {

/// What an architecture computes from the vectors of the edges, before any derivative.
struct GraphEnergies {
    at::Tensor node_energy;    ///< [N] float64 [eV], without the reference energies
    at::Tensor node_features;  ///< as in NetworkOutput
    at::Tensor last_hidden;    ///< as in NetworkOutput
};

/// Base of the native architectures: each implements `energies` and names the weights of its readouts.
class GraphNetwork : public Network {
  public:
    const ModelCard& card() const override { return model_.card; }
    NetworkOutput evaluate(const GraphBatch& batch, const NetworkRequest& request) const override;
    std::vector<std::pair<std::string, at::Tensor>> parameters() const override { return parameters_; }
    std::vector<WeightMatrix> matrices() const override { return matrices_; }
    at::TensorOptions options() const override { return options_; }
    void set_e0(const std::vector<double>& e0) override;
    ModelFile store(TensorType type) const override;

  protected:
    /// Keeps a copy of the model: tensors that the architecture does not read survive store().
    GraphNetwork(const ModelFile& model, const at::TensorOptions& options);

    /// To be called once all weights are read: they become the parameters, in the order of reading.
    void adopt_parameters(const WeightReader& reader) {
        parameters_ = reader.parameters();
        matrices_ = reader.matrices();
    }
    /// The same for weights that come from elsewhere: leaves that require a gradient, by their stored names.
    /// Those of two dimensions are taken for matrices.
    void adopt_parameters(std::vector<std::pair<std::string, at::Tensor>> parameters) {
        parameters_ = std::move(parameters);
        matrices_ = matrices_by_shape(parameters_);
    }

    /// vectors [E, 3] [angstrom], strain included: position of the receiver minus that of the sender plus
    /// shift. Of the request, `own` matters (through readouts_of), and what need not be computed. Must be
    /// differentiable in vectors and own weights, twice.
    virtual GraphEnergies energies(const GraphBatch& batch, const at::Tensor& vectors,
                                   const NetworkRequest& request) const = 0;

    /// What the readouts of these atoms are computed with.
    ReadoutWeights readouts_of(const GraphBatch& batch, const NetworkRequest& request) const;

  private:
    ModelFile model_;  // as read; weights and E0 in it may be older than those in use
    at::TensorOptions options_;
    at::Tensor e0_;  // [elements] float64
    std::vector<std::pair<std::string, at::Tensor>> parameters_;
    std::vector<WeightMatrix> matrices_;
};

}  // namespace fibonaqi::nn
