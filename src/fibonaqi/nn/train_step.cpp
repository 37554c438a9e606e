#include "fibonaqi/nn/train_step.hpp"

#include <algorithm>
#include <cmath>

#include <torch/csrc/autograd/autograd.h>

#include "fibonaqi/base/contract.hpp"
#include "fibonaqi/base/error.hpp"
#include "fibonaqi/nn/loss_terms.hpp"
#include "fibonaqi/nn/weight_decay.hpp"

namespace fibonaqi::nn {
namespace {

using Ids = std::vector<std::uint64_t>;

// Cuts a batch into pieces of at most `most_atoms` atoms, and at least one frame.
std::vector<TrainBatch> pieces_of(const TrainBatch& batch, const LabelledSet& training,
                                  std::size_t most_atoms) {
    std::vector<TrainBatch> pieces;
    std::size_t atoms = 0;
    for (std::size_t i = 0; i < batch.frames.size(); ++i) {
        const std::size_t size = training.graphs[batch.frames[i]].size();
        if (pieces.empty() || atoms + size > most_atoms) {
            pieces.emplace_back();
            atoms = 0;
        }
        pieces.back().add(batch.frames[i], batch.weights[i]);
        atoms += size;
    }
    return pieces;
}

// "3, 17, replay 4": frames beyond those of training are of the replay.
std::string list_of(const LabelledSet& training, const Ids& frames) {
    const std::size_t new_frames = training.frames.size();
    std::vector<std::size_t> numbers, replayed;
    for (const std::uint64_t id : frames) {
        if (id < new_frames) {
            numbers.push_back(frame_number(training.frames, id));
        } else {
            replayed.push_back(id - new_frames);
        }
    }
    std::string list;
    for (std::vector<std::size_t>* part : {&numbers, &replayed}) {
        std::sort(part->begin(), part->end());
        for (const std::size_t number : *part) {
            list += (list.empty() ? "" : ", ") + std::string(part == &replayed ? "replay " : "") +
                    std::to_string(number);
        }
    }
    return list;
}

void require_finite(double value, const std::string& what, const LabelledSet& training, const Ids& frames) {
    if (std::isfinite(value)) {
        return;
    }
    throw Error(
        "the " + what + " of training frames " + list_of(training, frames) +
        " is not finite (the weights ran away, or a frame has atoms on top of each other) use a smaller "
        "learning_rate, or look at these frames");
}

// The weights of a set once for every graph, so that each gets a gradient of its own; what moves them moves
// all copies.
at::Tensor own_copies(const Network& network, ReadoutSet set, std::int64_t graphs) {
    std::vector<at::Tensor> flat;
    for (const at::Tensor& parameter : parameters_of(network, set)) {
        flat.push_back(parameter.flatten());
    }
    const at::Tensor copies = at::cat(flat, 0).expand({graphs, -1});
    return copies.requires_grad() ? copies : copies.clone().requires_grad_(true);
}

AdamOptions adam_options(const Network& network, const Parametrisation& parametrisation,
                         const TrainOptions& options) {
    AdamOptions result{options.weight_decay, {}, options.amsgrad};
    for (const std::string& name : parametrisation.leaf_names()) {
        result.decays.push_back(decays(network.card().architecture, name));
    }
    return result;
}

}  // namespace

TrainStep::TrainStep(Network& network, const LabelledSet& training, const TrainOptions& options)
    : network_(network),
      training_(training),
      options_(options),
      loss_(loss_before_stage_two(options)),
      parametrisation_(network, options.trainable, options.seed),
      gradients_(parametrisation_.weights().size()),
      adam_(parametrisation_.leaves(), adam_options(network, parametrisation_, options)),
      averages_(parametrisation_.leaves(), options.average_decay, [this] { parametrisation_.follow(); }) {
    if (options.selection.rows.student > 0.0) {
        rows_of_ = readout_set_from(options.selection.rows.last_layer);
    }
}

StepLoss TrainStep::run(const TrainBatch& batch, double learning_rate) {
    FIBONAQI_EXPECT(batch.weights.size() == batch.frames.size());
    LossOptions loss = loss_;
    loss.mean_atoms = mean_atoms(graphs_of(training_, batch.frames));
    std::fill(gradients_.begin(), gradients_.end(), at::Tensor());
    StepLoss sum;
    sum.mean_atoms = loss.mean_atoms;
    for (const TrainBatch& piece : pieces_of(batch, training_, options_.chunk_atoms)) {
        add_gradients(piece, loss, batch.frames.size(), sum);
    }
    require_finite(sum.mean, "loss", training_, batch.frames);
    const std::vector<at::Tensor> gradients = parametrisation_.pull_back(gradients_);
    const double norm = gradient_norm(gradients);
    require_finite(norm, "gradient of the loss", training_, batch.frames);
    adam_.step(clipped(gradients, norm, options_.clip_norm), learning_rate);
    parametrisation_.follow();
    averages_.update();
    return sum;
}

void TrainStep::add_gradients(const TrainBatch& piece, const LossOptions& loss, std::size_t frames,
                              StepLoss& sum) {
    const GraphBatch batch =
        make_batch(graphs_of(training_, piece.frames), network_.card(), network_.options());
    NetworkRequest request = request_for_loss(loss.weights);
    if (rows_of_) {
        request.own = {*rows_of_, own_copies(network_, *rows_of_, batch.graphs())};
    }
    const NetworkOutput output = network_.evaluate(batch, request);
    const BatchLabels labels = make_batch_labels(labels_of(training_, piece.frames), batch);
    const at::Tensor losses = structure_losses(output, batch, labels, loss);
    const at::Tensor weights = at::tensor(piece.weights, at::kDouble).to(losses.options());
    const at::Tensor value = (losses * weights).sum() * (1.0 / static_cast<double>(frames));
    std::vector<at::Tensor> asked = parametrisation_.weights();
    if (rows_of_) {
        asked.push_back(request.own.copies);
    }
    const auto gradients = torch::autograd::grad({value}, asked, {}, /*retain_graph=*/false,
                                                 /*create_graph=*/false, /*allow_unused=*/true);
    for (std::size_t i = 0; i < gradients_.size(); ++i) {
        if (gradients[i].defined()) {
            gradients_[i] = gradients_[i].defined() ? gradients_[i] + gradients[i] : gradients[i];
        }
    }
    if (rows_of_) {
        const at::Tensor rows = gradients.back().to(at::kDouble) * static_cast<double>(frames) /
                                weights.to(at::kDouble).unsqueeze(1);
        sum.rows = sum.rows.defined() ? at::cat({sum.rows, rows}) : rows;
    }
    const at::Tensor host = losses.detach().to(at::kCPU, at::kDouble).contiguous();
    sum.frames.insert(sum.frames.end(), host.data_ptr<double>(), host.data_ptr<double>() + host.numel());
    sum.mean += value.item<double>();
}

}  // namespace fibonaqi::nn
