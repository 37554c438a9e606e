#include "fibonaqi/nn/network_potential.hpp"

#include "fibonaqi/base/contract.hpp"
#include "fibonaqi/nn/sample_gradients.hpp"

namespace fibonaqi::nn {
namespace {

at::Tensor on_host(const at::Tensor& values) {
    return values.detach().to(at::kCPU, at::kDouble).contiguous();
}

Vec3 vector_at(const double* values, std::int64_t row) {
    return {values[3 * row], values[3 * row + 1], values[3 * row + 2]};
}

Mat3 matrix_at(const double* values, std::int64_t index) {
    return {vector_at(values, 3 * index), vector_at(values, 3 * index + 1), vector_at(values, 3 * index + 2)};
}

Mat3 divided(Mat3 matrix, double divisor) {
    for (Vec3& row : matrix) {
        for (double& value : row) {
            value /= divisor;
        }
    }
    return matrix;
}

class NetworkPotential : public Potential {
  public:
    explicit NetworkPotential(std::unique_ptr<Network> network)
        : network_(std::move(network)), frozen_(*network_) {}

    const ModelCard& card() const override { return network_->card(); }

    std::vector<Prediction> evaluate(std::span<const AtomGraph> graphs) override {
        if (graphs.empty()) {
            return {};
        }
        NetworkRequest request;
        request.virial = true;
        const GraphBatch batch = make_batch(graphs, card(), network_->options());
        const NetworkOutput output = network_->evaluate(batch, request);
        const at::Tensor energy = on_host(output.energy), node_energy = on_host(output.node_energy);
        const at::Tensor forces = on_host(output.forces), virial = on_host(output.virial);
        std::vector<Prediction> predictions(graphs.size());
        std::int64_t atom = 0;
        for (std::size_t i = 0; i < graphs.size(); ++i) {
            Prediction& prediction = predictions[i];
            prediction.energy = energy.data_ptr<double>()[i];
            for (std::size_t end = graphs[i].size(), k = 0; k < end; ++k, ++atom) {
                prediction.node_energy.push_back(node_energy.data_ptr<double>()[atom]);
                prediction.forces.push_back(vector_at(forces.data_ptr<double>(), atom));
            }
            last_virial_ = matrix_at(virial.data_ptr<double>(), static_cast<std::int64_t>(i));
            if (graphs[i].volume > 0.0) {
                prediction.stress = divided(last_virial_, -graphs[i].volume);
            }
        }
        return predictions;
    }

    Mat3 last_virial() const override { return last_virial_; }

  private:
    std::unique_ptr<Network> network_;
    FrozenParameters frozen_;
    Mat3 last_virial_{};
};

}  // namespace

std::unique_ptr<Potential> make_potential(std::unique_ptr<Network> network) {
    FIBONAQI_EXPECT(network != nullptr);
    return std::make_unique<NetworkPotential>(std::move(network));
}

std::vector<Prediction> predict(Potential& potential, std::span<const AtomGraph> graphs,
                                std::size_t batch_atoms,
                                const std::function<void(std::size_t done, std::size_t total)>& progress) {
    std::vector<Prediction> all;
    while (all.size() < graphs.size()) {
        const std::size_t begin = all.size();
        std::size_t end = begin, atoms = 0;
        while (end < graphs.size() && (end == begin || atoms + graphs[end].size() <= batch_atoms)) {
            atoms += graphs[end++].size();
        }
        for (Prediction& prediction : potential.evaluate(graphs.subspan(begin, end - begin))) {
            all.push_back(std::move(prediction));
        }
        if (progress) {
            progress(all.size(), graphs.size());
        }
    }
    return all;
}

}  // namespace fibonaqi::nn
