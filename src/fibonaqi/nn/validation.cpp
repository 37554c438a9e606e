#include "fibonaqi/nn/validation.hpp"

#include <algorithm>

#include "fibonaqi/base/contract.hpp"
#include "fibonaqi/nn/loss_terms.hpp"
#include "fibonaqi/nn/predictions.hpp"
#include "fibonaqi/nn/sample_gradients.hpp"

namespace fibonaqi::nn {

Validation validate(const Network& network, const LabelledSet& set, LossOptions loss) {
    FIBONAQI_EXPECT(set.size() > 0);
    loss.mean_atoms = mean_atoms(set.graphs);
    const FrozenParameters frozen(network);
    NetworkRequest request = request_for_loss(loss.weights);
    request.create_graph = false;
    request.forces = true;
    request.virial = std::any_of(set.labels.begin(), set.labels.end(),
                                 [](const Labels& labels) { return labels.stress.has_value(); });
    std::vector<Prediction> predictions;
    Validation validation;
    for_each_chunk(set.size(), default_chunk, {}, [&](std::size_t begin, std::size_t end) {
        const std::span<const AtomGraph> graphs(set.graphs.data() + begin, end - begin);
        const GraphBatch batch = make_batch(graphs, network.card(), network.options());
        const NetworkOutput output = network.evaluate(batch, request);
        const BatchLabels labels = make_batch_labels({set.labels.data() + begin, end - begin}, batch);
        validation.loss += structure_losses(output, batch, labels, loss).sum().item<double>();
        const std::vector<Prediction> chunk = predictions_of(output, batch);
        predictions.insert(predictions.end(), chunk.begin(), chunk.end());
    });
    validation.loss /= static_cast<double>(set.size());
    validation.errors = compare(set.frames, predictions);
    validation.force_errors = force_errors_by_frame(set.frames, predictions);
    return validation;
}

}  // namespace fibonaqi::nn
