// Predictions of a network as labels: pseudo labels, and the force error that the posterior is calibrated
// with.
#include <cmath>

#include "fibonaqi/base/contract.hpp"
#include "fibonaqi/base/error.hpp"
#include "fibonaqi/nn/posterior.hpp"
#include "fibonaqi/nn/predictions.hpp"

namespace fibonaqi::nn {
std::vector<Labels> predict_labels(const Network& network, std::span<const AtomGraph> graphs,
                                   const at::Tensor& shift, bool want_stress, std::size_t chunk) {
    const at::Tensor weights = last_layer_weights(network);
    FIBONAQI_EXPECT(shift.numel() == weights.numel());
    const at::Tensor moved = (weights.to(at::kDouble) + shift.to(weights.device())).to(weights.scalar_type());
    const FrozenParameters frozen(network);
    std::vector<Labels> all;
    for_each_chunk(graphs.size(), chunk, {}, [&](std::size_t begin, std::size_t end) {
        const GraphBatch batch =
            make_batch(graphs.subspan(begin, end - begin), network.card(), network.options());
        NetworkRequest request;
        request.virial = want_stress;
        request.hidden = false;
        request.own.copies = moved.expand({batch.graphs(), -1}).contiguous();
        for (Prediction& prediction : predictions_of(network.evaluate(batch, request), batch)) {
            all.push_back({prediction.energy, std::move(prediction.forces), prediction.stress});
        }
    });
    return all;
}

double force_rmse(std::span<const Labels> predicted, std::span<const Labels> reference) {
    FIBONAQI_EXPECT(predicted.size() == reference.size());
    double sum = 0.0;
    std::size_t count = 0;
    for (std::size_t i = 0; i < reference.size(); ++i) {
        for (std::size_t atom = 0; atom < reference[i].forces.size(); ++atom) {
            for (std::size_t axis = 0; axis < 3; ++axis) {
                const double difference = predicted[i].forces[atom][axis] - reference[i].forces[atom][axis];
                sum += difference * difference;
                ++count;
            }
        }
    }
    if (count == 0) {
        throw ConfigError(
            "no labelled frame has forces (the last-layer posterior is calibrated with their error) give "
            "frames "
            "with forces, or none and a prior force spread");
    }
    return std::sqrt(sum / static_cast<double>(count));
}

}  // namespace fibonaqi::nn
