#include "fibonaqi/nn/train_step.hpp"

#include <algorithm>
#include <cmath>

#include <torch/csrc/autograd/autograd.h>

#include "fibonaqi/base/error.hpp"
#include "fibonaqi/nn/loss_terms.hpp"
#include "fibonaqi/nn/weight_decay.hpp"

namespace fibonaqi::nn {
namespace {

using Ids = std::vector<std::uint64_t>;

// Cuts a batch into pieces of at most `most_atoms` atoms, and at least one frame.
std::vector<Ids> pieces_of(const Ids& batch, const LabelledSet& training, std::size_t most_atoms) {
    std::vector<Ids> pieces;
    std::size_t atoms = 0;
    for (const std::uint64_t id : batch) {
        const std::size_t size = training.graphs[id].size();
        if (pieces.empty() || atoms + size > most_atoms) {
            pieces.emplace_back();
            atoms = 0;
        }
        pieces.back().push_back(id);
        atoms += size;
    }
    return pieces;
}

void require_finite(double value, const std::string& what, const LabelledSet& training, const Ids& frames) {
    if (std::isfinite(value)) {
        return;
    }
    std::vector<std::size_t> sorted;
    for (const std::uint64_t id : frames) {
        sorted.push_back(frame_number(training.frames, id));
    }
    std::sort(sorted.begin(), sorted.end());
    std::string list;
    for (const std::size_t number : sorted) {
        list += (list.empty() ? "" : ", ") + std::to_string(number);
    }
    throw Error(
        "the " + what + " of training frames " + list +
        " is not finite (the weights ran away, or a frame has atoms on top of each other) use a smaller "
        "learning_rate, or look at these frames");
}

AdamOptions adam_options(const Network& network, const TrainOptions& options) {
    AdamOptions result{options.weight_decay, {}, options.amsgrad};
    for (const auto& [name, tensor] : network.parameters()) {
        result.decays.push_back(decays(network.card().architecture, name));
    }
    return result;
}

}  // namespace

std::vector<at::Tensor> parameters_of(const Network& network) {
    std::vector<at::Tensor> parameters;
    for (const auto& [name, tensor] : network.parameters()) {
        parameters.push_back(tensor);
    }
    return parameters;
}

TrainStep::TrainStep(Network& network, const LabelledSet& training, const TrainOptions& options)
    : network_(network),
      training_(training),
      options_(options),
      loss_(loss_before_stage_two(options)),
      parameters_(parameters_of(network)),
      gradients_(parameters_.size()),
      adam_(parameters_, adam_options(network, options)),
      averages_(parameters_, options.average_decay) {}

double TrainStep::run(const Ids& frames, double learning_rate) {
    LossOptions loss = loss_;
    loss.mean_atoms = mean_atoms(graphs_of(training_, frames));
    std::fill(gradients_.begin(), gradients_.end(), at::Tensor());
    double value = 0.0;
    for (const Ids& piece : pieces_of(frames, training_, options_.chunk_atoms)) {
        value += add_gradients(piece, loss, 1.0 / static_cast<double>(frames.size()));
    }
    require_finite(value, "loss", training_, frames);
    const double norm = gradient_norm(gradients_);
    require_finite(norm, "gradient of the loss", training_, frames);
    adam_.step(clipped(gradients_, norm, options_.clip_norm), learning_rate);
    averages_.update();
    return value;
}

double TrainStep::add_gradients(const Ids& piece, const LossOptions& loss, double share) {
    const GraphBatch batch = make_batch(graphs_of(training_, piece), network_.card(), network_.options());
    const NetworkOutput output = network_.evaluate(batch, request_for_loss(loss.weights));
    const BatchLabels labels = make_batch_labels(labels_of(training_, piece), batch);
    const at::Tensor value = structure_losses(output, batch, labels, loss).sum() * share;
    const auto gradients = torch::autograd::grad({value}, parameters_, {}, /*retain_graph=*/false,
                                                 /*create_graph=*/false, /*allow_unused=*/true);
    for (std::size_t i = 0; i < gradients.size(); ++i) {
        if (gradients[i].defined()) {
            gradients_[i] = gradients_[i].defined() ? gradients_[i] + gradients[i] : gradients[i];
        }
    }
    return value.item<double>();
}

}  // namespace fibonaqi::nn
