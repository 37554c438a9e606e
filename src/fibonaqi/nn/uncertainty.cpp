#include "fibonaqi/nn/uncertainty.hpp"

#include <cmath>
#include <limits>

#include "fibonaqi/base/contract.hpp"
#include "fibonaqi/base/error.hpp"
#include "fibonaqi/base/rng.hpp"
#include "fibonaqi/nn/last_layer_jacobian.hpp"
#include "fibonaqi/nn/posterior.hpp"
#include "fibonaqi/nn/torch_tensors.hpp"

namespace fibonaqi::nn {
namespace {

constexpr const char* covariance_name = "uncertainty.covariance";
constexpr double regularisations[] = {1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 1e-1, 1.0};

// Standard deviations of everything in one batch, before scaling.
struct BatchSpread {
    at::Tensor energy;       // [B]
    at::Tensor node_energy;  // [N]
    at::Tensor forces;       // [N, 3]
};

BatchSpread spread_of(const LastLayerJacobian& jacobian, const at::Tensor& covariance) {
    const auto deviation = [&](const at::Tensor& rows) {  // [n, d]
        return (at::mm(rows, covariance) * rows).sum(1).clamp_min(0.0).sqrt();
    };
    const std::int64_t atoms = jacobian.forces.size(0), width = jacobian.forces.size(1);
    const at::Tensor components = jacobian.forces.transpose(1, 2).reshape({-1, width});
    return {deviation(jacobian.energy), deviation(jacobian.node_energy),
            deviation(components).view({atoms, 3})};
}

std::vector<double> numbers(const at::Tensor& tensor) {
    const at::Tensor host = tensor.to(at::kCPU, at::kDouble).contiguous();
    return {host.data_ptr<double>(), host.data_ptr<double>() + host.numel()};
}

// Cuts the numbers of a batch apart into its structures, scaled.
void append_frames(const BatchSpread& spread, const LastLayerJacobian& jacobian,
                   const Uncertainty& uncertainty, std::vector<FrameSpread>& frames) {
    const std::vector<double> energy = numbers(spread.energy), node = numbers(spread.node_energy),
                              forces = numbers(spread.forces),
                              atoms = numbers(jacobian.batch.atoms_per_graph);
    std::size_t next = 0;
    for (std::size_t graph = 0; graph < energy.size(); ++graph) {
        FrameSpread frame;
        frame.energy = uncertainty.energy_scale * energy[graph];
        for (std::size_t i = 0; i < static_cast<std::size_t>(atoms[graph]); ++i, ++next) {
            frame.node_energy.push_back(uncertainty.energy_scale * node[next]);
            Vec3& components = frame.forces.emplace_back();
            for (std::size_t axis = 0; axis < 3; ++axis) {
                components[axis] = uncertainty.force_scale * forces[3 * next + axis];
            }
        }
        frames.push_back(std::move(frame));
    }
}

// A posterior's sums over training frames: their parts of the precision, one per frame.
struct TrainingSums {
    at::Tensor precision;  // [n, d, d]
    at::Tensor gradient;   // [n, d] of half the loss; empty for the posterior, whose C does not depend on it
    double mean_eigenvalue = 0.0;
};

TrainingSums training_sums(const Network& network, const LabelledGraphs& training,
                           const UncertaintyOptions& options, const ChunkProgress& progress) {
    const LastLayerMoments moments = last_layer_moments(network, training.graphs, options.chunk, progress);
    const at::Tensor per_atom = moments.energy / moments.atoms.unsqueeze(1);
    TrainingSums sums;
    sums.precision = options.weights.energy * at::einsum("ni,nj->nij", {per_atom, per_atom}) +
                     options.weights.force * moments.force_gram / (3.0 * moments.atoms).view({-1, 1, 1});
    const at::Tensor mean = sums.precision.mean(0);
    sums.mean_eigenvalue = mean.trace().item<double>() / static_cast<double>(mean.size(0));
    if (options.method == UncertaintyMethod::committee) {
        GradientOptions gradients;
        gradients.loss.weights = options.weights;
        gradients.loss.weights.stress = 0.0;
        gradients.chunk = options.chunk;
        sums.gradient = 0.5 * loss_gradients(network, training.graphs, training.labels, gradients);
    }
    return sums;
}

at::Tensor posterior_covariance(const TrainingSums& sums, double lambda) {
    const at::Tensor precision = sums.precision.sum(0);
    return at::cholesky_inverse(
        at::linalg_cholesky(precision + lambda * at::eye(precision.size(0), precision.options())));
}

// Last layers that minimise the loss on bootstrap samples; the loss is quadratic in them, so one Newton step
// from the model's own is exact.
at::Tensor committee_covariance(const TrainingSums& sums, double lambda, const UncertaintyOptions& options) {
    const std::int64_t frames = sums.precision.size(0);
    std::vector<at::Tensor> shifts;
    for (std::size_t member = 0; member < options.members; ++member) {
        KeyedRng rng(options.seed, "committee member", 0, member);
        std::vector<std::int64_t> drawn;
        for (std::int64_t i = 0; i < frames; ++i) {
            drawn.push_back(static_cast<std::int64_t>(rng.uniform() * static_cast<double>(frames)));
        }
        const at::Tensor index = at::tensor(drawn, at::kLong).to(sums.precision.device());
        const at::Tensor precision = sums.precision.index_select(0, index).sum(0);
        const at::Tensor gradient = sums.gradient.index_select(0, index).sum(0);
        shifts.push_back(-at::linalg_solve(
            precision + lambda * at::eye(precision.size(0), precision.options()), gradient));
    }
    const at::Tensor all = at::stack(shifts, 0);
    const at::Tensor centred = all - all.mean(0, true);
    return at::mm(centred.t(), centred) / static_cast<double>(options.members - 1);
}

// What likelihoods are made of: sums over numbers with error r and unscaled spread s.
struct Likelihood {
    double squares = 0.0, logarithms = 0.0;  // of r^2 / s^2 and ln s^2
    std::size_t count = 0;

    void add(double error, double spread) {
        if (spread > 0.0 && std::isfinite(error)) {
            squares += error * error / (spread * spread);
            logarithms += std::log(spread * spread);
            ++count;
        }
    }
    double scale() const { return std::sqrt(squares / static_cast<double>(count)); }
    // Mean of (ln s^2 + ln scale^2) / 2, up to a constant: the negative log-likelihood at the best scale.
    double negative_log() const {
        return count == 0 || squares == 0.0
                   ? std::numeric_limits<double>::infinity()
                   : 0.5 * (logarithms / static_cast<double>(count) + std::log(scale() * scale()));
    }
};

// One candidate of the grid, judged on the validation frames.
struct Candidate {
    double regularisation = 0.0;
    at::Tensor covariance;
    Likelihood energy, forces;

    double negative_log() const { return forces.count > 0 ? forces.negative_log() : energy.negative_log(); }
};

void judge(Candidate& candidate, const LastLayerJacobian& jacobian, std::span<const Labels> predicted,
           std::span<const Labels> labels) {
    std::vector<FrameSpread> spreads;
    append_frames(spread_of(jacobian, candidate.covariance), jacobian, {}, spreads);
    for (std::size_t i = 0; i < labels.size(); ++i) {
        if (labels[i].energy) {
            candidate.energy.add(*predicted[i].energy - *labels[i].energy, spreads[i].energy);
        }
        for (std::size_t atom = 0; atom < labels[i].forces.size(); ++atom) {
            for (std::size_t axis = 0; axis < 3; ++axis) {
                candidate.forces.add(predicted[i].forces[atom][axis] - labels[i].forces[atom][axis],
                                     spreads[i].forces[atom][axis]);
            }
        }
    }
}

std::vector<Candidate> candidates_of(const TrainingSums& sums, const UncertaintyOptions& options) {
    std::vector<Candidate> candidates;
    for (const double regularisation : regularisations) {
        const double lambda = regularisation * sums.mean_eigenvalue;
        candidates.push_back({regularisation,
                              options.method == UncertaintyMethod::posterior
                                  ? posterior_covariance(sums, lambda)
                                  : committee_covariance(sums, lambda, options),
                              {},
                              {}});
    }
    return candidates;
}

}  // namespace

std::vector<FrameSpread> predict_spread(const Network& network, std::span<const AtomGraph> graphs,
                                        const Uncertainty& uncertainty, std::size_t chunk,
                                        const ChunkProgress& progress) {
    const FrozenParameters frozen(network);
    std::vector<FrameSpread> frames;
    for_each_chunk(graphs.size(), chunk, progress, [&](std::size_t begin, std::size_t end) {
        const LastLayerJacobian jacobian = last_layer_jacobian(network, graphs.subspan(begin, end - begin));
        append_frames(spread_of(jacobian, uncertainty.covariance), jacobian, uncertainty, frames);
    });
    return frames;
}

FittedUncertainty fit_uncertainty(const Network& network, const LabelledGraphs& training,
                                  const LabelledGraphs& validation, const UncertaintyOptions& options,
                                  const ChunkProgress& progress) {
    FIBONAQI_EXPECT(!training.graphs.empty() && !validation.graphs.empty() && options.members > 1);
    const TrainingSums sums = training_sums(network, training, options, progress);
    if (!(sums.mean_eigenvalue > 0.0)) {
        throw ConfigError(
            "nothing of the training frames depends on the last layer (isolated atoms only, or all loss "
            "weights are 0) give frames with interacting atoms");
    }
    std::vector<Candidate> candidates = candidates_of(sums, options);
    const at::Tensor unmoved = at::zeros({sums.precision.size(1)}, sums.precision.options());
    const FrozenParameters frozen(network);
    for_each_chunk(
        validation.graphs.size(), options.chunk, progress, [&](std::size_t begin, std::size_t end) {
            const auto graphs = validation.graphs.subspan(begin, end - begin);
            const LastLayerJacobian jacobian = last_layer_jacobian(network, graphs);
            const std::vector<Labels> predicted =
                predict_labels(network, graphs, unmoved, false, graphs.size());
            for (Candidate& candidate : candidates) {
                judge(candidate, jacobian, predicted, validation.labels.subspan(begin, end - begin));
            }
        });
    const Candidate* best = nullptr;
    for (const Candidate& candidate : candidates) {
        if (std::isfinite(candidate.negative_log()) &&
            (best == nullptr || candidate.negative_log() < best->negative_log())) {
            best = &candidate;
        }
    }
    if (best == nullptr) {
        throw ConfigError(
            "the validation frames cannot calibrate an uncertainty (they have no labels, or nothing of them "
            "depends on the last layer) give labelled frames that the model was not trained on");
    }
    FittedUncertainty fitted;
    fitted.regularisation = best->regularisation;
    fitted.uncertainty.covariance = best->covariance;
    fitted.uncertainty.force_scale = best->forces.count > 0 ? best->forces.scale() : best->energy.scale();
    fitted.uncertainty.energy_scale = best->energy.count > 0 ? best->energy.scale() : best->forces.scale();
    return fitted;
}

void store_uncertainty(ModelFile& model, const Uncertainty& uncertainty, Json record) {
    record["energy_scale"] = uncertainty.energy_scale;
    record["force_scale"] = uncertainty.force_scale;
    model.card.uncertainty = std::move(record);
    model.tensors[covariance_name] = to_stored(uncertainty.covariance, TensorType::float64);
}

std::optional<Uncertainty> stored_uncertainty(const ModelFile& model, std::int64_t last_layer_size) {
    if (model.card.uncertainty.is_null()) {
        return std::nullopt;
    }
    const auto covariance = model.tensors.find(covariance_name);
    const Json& record = model.card.uncertainty;
    const auto number = [&](const char* key) {
        return record.contains(key) && record[key].is_number() ? record[key].get<double>() : -1.0;
    };
    const Uncertainty uncertainty{
        covariance == model.tensors.end() ? at::Tensor() : to_torch(covariance->second).to(at::kDouble),
        number("energy_scale"), number("force_scale")};
    const std::vector<std::int64_t> shape{last_layer_size, last_layer_size};
    if (!uncertainty.covariance.defined() || uncertainty.covariance.sizes().vec() != shape ||
        uncertainty.energy_scale < 0.0 || uncertainty.force_scale < 0.0) {
        throw ModelError("model '" + model.card.name +
                         "': its uncertainty does not fit its last layer (the file is damaged, or was "
                         "changed by hand) calibrate it anew with 'fibonaqi calibrate'");
    }
    return uncertainty;
}

void drop_uncertainty(ModelFile& model) {
    model.card.uncertainty = nullptr;
    model.tensors.erase(covariance_name);
}

}  // namespace fibonaqi::nn
