#include "fibonaqi/nn/sample_losses.hpp"

#include <algorithm>
#include <cmath>

#include "fibonaqi/base/contract.hpp"
#include "fibonaqi/nn/loss_terms.hpp"
#include "fibonaqi/nn/sample_gradients.hpp"

namespace fibonaqi::nn {
namespace {

double squared_length(const Vec3& vector) {
    return vector[0] * vector[0] + vector[1] * vector[1] + vector[2] * vector[2];
}

// Of one number that every model predicts.
template <typename NumberOf>
double deviation(std::size_t models, const NumberOf& number_of) {
    double mean = 0.0, squares = 0.0;
    for (std::size_t m = 0; m < models; ++m) {
        mean += number_of(m) / static_cast<double>(models);
    }
    for (std::size_t m = 0; m < models; ++m) {
        squares += std::pow(number_of(m) - mean, 2) / static_cast<double>(models);
    }
    return std::sqrt(squares);
}

}  // namespace

std::vector<double> sample_losses(const Network& network, std::span<const AtomGraph> graphs,
                                  std::span<const Labels> labels, LossOptions loss, std::size_t chunk) {
    FIBONAQI_EXPECT(graphs.size() == labels.size());
    if (graphs.empty()) {
        return {};
    }
    if (loss.mean_atoms == 0.0) {
        loss.mean_atoms = mean_atoms(graphs);
    }
    const FrozenParameters frozen(network);
    NetworkRequest request = request_for_loss(loss.weights);
    request.create_graph = false;
    std::vector<double> losses;
    for_each_chunk(graphs.size(), chunk, {}, [&](std::size_t begin, std::size_t end) {
        const GraphBatch batch =
            make_batch(graphs.subspan(begin, end - begin), network.card(), network.options());
        const BatchLabels wanted = make_batch_labels(labels.subspan(begin, end - begin), batch);
        const at::Tensor values = structure_losses(network.evaluate(batch, request), batch, wanted, loss)
                                      .detach()
                                      .to(at::kCPU)
                                      .contiguous();
        losses.insert(losses.end(), values.data_ptr<double>(), values.data_ptr<double>() + values.numel());
    });
    return losses;
}

std::vector<FrameSpread> committee_spread(std::span<const std::vector<Labels>> predictions) {
    const std::size_t models = predictions.size();
    FIBONAQI_EXPECT(models > 1);
    std::vector<FrameSpread> spreads(predictions[0].size());
    for (std::size_t i = 0; i < spreads.size(); ++i) {
        spreads[i].energy = deviation(models, [&](std::size_t m) { return *predictions[m][i].energy; });
        for (std::size_t atom = 0; atom < predictions[0][i].forces.size(); ++atom) {
            Vec3& components = spreads[i].forces.emplace_back();
            for (std::size_t axis = 0; axis < 3; ++axis) {
                components[axis] =
                    deviation(models, [&](std::size_t m) { return predictions[m][i].forces[atom][axis]; });
            }
        }
    }
    return spreads;
}

double largest_force_deviation(const FrameSpread& spread) {
    double largest = 0.0;
    for (const Vec3& force : spread.forces) {
        const double square = squared_length(force);
        if (std::isnan(square)) {
            return square;  // a comparison would pass over it
        }
        largest = std::max(largest, square);
    }
    return std::sqrt(largest);
}

double mean_force_spread(const FrameSpread& spread) {
    double sum = 0.0;
    for (const Vec3& force : spread.forces) {
        sum += squared_length(force);
    }
    return std::sqrt(sum / (3.0 * static_cast<double>(spread.forces.size())));
}

}  // namespace fibonaqi::nn
