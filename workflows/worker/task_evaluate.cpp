// Task "evaluate": predictions for a file of frames, and how far they are from its labels.
#include <cmath>

#include "fibonaqi/base/error.hpp"
#include "fibonaqi/model/error_statistics.hpp"
#include "fibonaqi/nn/network_potential.hpp"
#include "fibonaqi/nn/uncertainty.hpp"

#include "workflows/worker/progress.hpp"
#include "workflows/worker/sources.hpp"
#include "workflows/worker/task_keys.hpp"
#include "workflows/worker/tasks.hpp"

namespace fibonaqi::worker {
namespace {

// Enough for the vector units, little enough for the cache.
constexpr std::size_t default_batch_atoms = 64;

// Length of the vector of spreads of each atom [eV/angstrom].
std::vector<double> force_spread_of_atoms(const FrameSpread& spread) {
    std::vector<double> lengths;
    for (const Vec3& components : spread.forces) {
        lengths.push_back(std::hypot(components[0], components[1], components[2]));
    }
    return lengths;
}

// Empty where the task does not ask for them.
std::vector<FrameSpread> spreads_of(const Json& task, const nn::Network& network, const FrameSet& frames) {
    if (!flag(task, "uncertainty", false)) {
        return {};
    }
    const ModelFile model = read_model_file(resolve_model(text(task, "model")));
    const auto uncertainty = nn::stored_uncertainty(model, nn::last_layer_weights(network).numel());
    if (!uncertainty) {
        throw ConfigError("model '" + model.card.name +
                          "' has no uncertainty (it was never calibrated, or trained since) run 'fibonaqi "
                          "calibrate' first");
    }
    Progress progress("uncertainty");
    return nn::predict_spread(network, frames.graphs, *uncertainty, nn::default_chunk,
                              [&](std::size_t done, std::size_t total) { progress.report(done, total); });
}

// The frames with the model's own values, and spreads where there are any, in place of their labels.
void write_predictions(const std::string& path, const std::vector<Frame>& frames,
                       const std::vector<Prediction>& predictions, const std::vector<FrameSpread>& spreads,
                       const std::string& label_prefix) {
    std::vector<Frame> predicted = frames;
    for (std::size_t i = 0; i < predicted.size(); ++i) {
        predicted[i].labels.energy = predictions[i].energy;
        predicted[i].labels.forces = predictions[i].forces;
        predicted[i].labels.stress = predictions[i].stress;
        predicted[i].arrays["node_energy"] = predictions[i].node_energy;
        if (!spreads.empty()) {
            predicted[i].info["energy_spread"] = spreads[i].energy;
            predicted[i].arrays["node_energy_spread"] = spreads[i].node_energy;
            predicted[i].arrays["force_spread"] = force_spread_of_atoms(spreads[i]);
        }
    }
    write_extxyz(path, predicted, {label_prefix});
}

}  // namespace

Json run_evaluate(const Json& task) {
    check_keys(task,
               {"format", "version", "task", "result", "threads", "model", "data", "dtype", "batch_atoms",
                "write", "as_labels", "fit_e0", "uncertainty"},
               "");
    const std::string output = text(task, "write", "");
    const std::size_t batch_atoms = count(task, "batch_atoms", default_batch_atoms);
    std::unique_ptr<nn::Network> network = open_network(task);
    const FrameSet frames = read_frames(text(task, "data"), network->card().cutoff);
    if (flag(task, "fit_e0", false)) {
        refit_e0(*network, frames);
    }
    const std::vector<FrameSpread> spreads = spreads_of(task, *network, frames);
    Progress progress("evaluation");
    const std::unique_ptr<Potential> potential = nn::make_potential(std::move(network));
    const std::vector<Prediction> predictions =
        nn::predict(*potential, frames.graphs, batch_atoms,
                    [&](std::size_t done, std::size_t total) { progress.report(done, total); });
    if (!output.empty()) {
        write_predictions(output, frames.frames, predictions, spreads,
                          flag(task, "as_labels", false) ? "REF_" : "");
    }
    const ErrorReport errors = compare(frames.frames, predictions);
    Json result = to_json(errors);
    if (!spreads.empty()) {
        result["uncertainty"] =
            Json{{"energy", to_json(energy_calibration(frames.frames, predictions, spreads))},
                 {"forces", to_json(force_calibration(frames.frames, predictions, spreads))}};
    }
    result["frames"] = frames.size();
    result["summary"] = brief(errors);
    return result;
}

}  // namespace fibonaqi::worker
