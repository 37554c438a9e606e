// Task "evaluate": predictions for a file of frames, and how far they are from its labels.
#include "fibonaqi/base/error.hpp"
#include "fibonaqi/model/error_statistics.hpp"
#include "fibonaqi/nn/network_potential.hpp"

#include "workflows/worker/progress.hpp"
#include "workflows/worker/sources.hpp"
#include "workflows/worker/task_keys.hpp"
#include "workflows/worker/tasks.hpp"

namespace fibonaqi::worker {
namespace {

// Enough for the vector units, little enough for the cache.
constexpr std::size_t default_batch_atoms = 64;

// The frames with the model's own values in place of whatever labels they had.
void write_predictions(const std::string& path, const std::vector<Frame>& frames,
                       const std::vector<Prediction>& predictions) {
    std::vector<Frame> predicted = frames;
    for (std::size_t i = 0; i < predicted.size(); ++i) {
        predicted[i].labels.energy = predictions[i].energy;
        predicted[i].labels.forces = predictions[i].forces;
        predicted[i].labels.stress = predictions[i].stress;
        predicted[i].arrays["node_energy"] = predictions[i].node_energy;
    }
    write_extxyz(path, predicted, {""});
}

}  // namespace

Json run_evaluate(const Json& task) {
    check_keys(task,
               {"format", "version", "task", "result", "threads", "model", "data", "dtype", "batch_atoms",
                "write", "fit_e0"},
               "");
    const std::string output = text(task, "write", "");
    const std::size_t batch_atoms = count(task, "batch_atoms", default_batch_atoms);
    std::unique_ptr<nn::Network> network = open_network(task);
    const FrameSet frames = read_frames(text(task, "data"), network->card().cutoff);
    if (flag(task, "fit_e0", false)) {
        refit_e0(*network, frames);
    }
    Progress progress("evaluation");
    const std::unique_ptr<Potential> potential = nn::make_potential(std::move(network));
    const std::vector<Prediction> predictions =
        nn::predict(*potential, frames.graphs, batch_atoms,
                    [&](std::size_t done, std::size_t total) { progress.report(done, total); });
    if (!output.empty()) {
        write_predictions(output, frames.frames, predictions);
    }
    const ErrorReport errors = compare(frames.frames, predictions);
    Json result = to_json(errors);
    result["frames"] = frames.size();
    result["summary"] = brief(errors);
    return result;
}

}  // namespace fibonaqi::worker
