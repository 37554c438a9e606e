#include "fibonaqi/nn/network_potential.hpp"

#include "fibonaqi/base/contract.hpp"
#include "fibonaqi/nn/predictions.hpp"
#include "fibonaqi/nn/sample_gradients.hpp"

namespace fibonaqi::nn {
namespace {

Mat3 matrix_of(const at::Tensor& tensor) {
    const at::Tensor values = tensor.detach().to(at::kCPU, at::kDouble).contiguous();
    Mat3 matrix;
    for (std::size_t i = 0; i < 9; ++i) {
        matrix[i / 3][i % 3] = values.data_ptr<double>()[i];
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
        request.hidden = false;
        const GraphBatch batch = make_batch(graphs, card(), network_->options());
        const NetworkOutput output = network_->evaluate(batch, request);
        if (batch.graphs() > 0) {
            last_virial_ = matrix_of(output.virial[batch.graphs() - 1]);
        }
        return predictions_of(output, batch);
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
