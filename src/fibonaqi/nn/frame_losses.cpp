#include "fibonaqi/nn/frame_losses.hpp"

#include "fibonaqi/base/contract.hpp"
#include "fibonaqi/nn/loss_terms.hpp"

namespace fibonaqi::nn {

std::vector<double> frame_losses(const Network& network, std::span<const AtomGraph> graphs,
                                 std::span<const Labels> labels, const GradientOptions& options) {
    FIBONAQI_EXPECT(graphs.size() == labels.size());
    LossOptions loss = options.loss;
    if (loss.mean_atoms == 0.0 && !graphs.empty()) {
        loss.mean_atoms = mean_atoms(graphs);
    }
    const FrozenParameters frozen(network);
    NetworkRequest request = request_for_loss(loss.weights);
    request.create_graph = false;
    std::vector<double> losses;
    for_each_chunk(graphs.size(), options.chunk, options.progress, [&](std::size_t begin, std::size_t end) {
        const GraphBatch batch =
            make_batch(graphs.subspan(begin, end - begin), network.card(), network.options());
        const NetworkOutput output = network.evaluate(batch, request);
        const at::Tensor values = structure_losses(
            output, batch, make_batch_labels(labels.subspan(begin, end - begin), batch), loss);
        const at::Tensor host = values.detach().to(at::kCPU, at::kDouble).contiguous();
        losses.insert(losses.end(), host.data_ptr<double>(), host.data_ptr<double>() + host.numel());
    });
    return losses;
}

}  // namespace fibonaqi::nn
