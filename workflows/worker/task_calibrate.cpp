// Task "calibrate": gives a model an uncertainty, fitted to its training frames and calibrated on others.
#include "fibonaqi/base/error.hpp"
#include "fibonaqi/base/log.hpp"
#include "fibonaqi/base/suggest.hpp"
#include "fibonaqi/nn/network_potential.hpp"
#include "fibonaqi/nn/uncertainty.hpp"

#include "workflows/worker/progress.hpp"
#include "workflows/worker/sources.hpp"
#include "workflows/worker/task_keys.hpp"
#include "workflows/worker/tasks.hpp"

namespace fibonaqi::worker {
namespace {

nn::UncertaintyOptions options_of(const Json& task) {
    nn::UncertaintyOptions options;
    const std::string method = text(task, "method", "posterior");
    if (method != "posterior" && method != "committee") {
        throw ConfigError("method is '" + method + "' (unknown)" +
                          suggestion(method, {"posterior", "committee"}));
    }
    options.method =
        method == "committee" ? nn::UncertaintyMethod::committee : nn::UncertaintyMethod::posterior;
    options.members = count(task, "members", options.members);
    options.seed = count(task, "seed", 0);
    options.weights = {number(task, "energy_weight", 1.0), number(task, "force_weight", 100.0), 0.0};
    if (options.members < 2) {
        throw ConfigError("members is " + std::to_string(options.members) +
                          " (a committee of one has no spread) give at least 2");
    }
    return options;
}

FrameSet labelled(const std::string& path, double cutoff) {
    FrameSet frames = read_frames(path, cutoff);
    refuse_own_predictions(frames.frames, frames.audit, "label them first, with 'fibonaqi label'");
    if (frames.size() == 0) {
        throw ConfigError(path + ": no frames (nothing to calibrate with) give labelled frames");
    }
    return frames;
}

}  // namespace

Json run_calibrate(const Json& task) {
    check_keys(task,
               {"format", "version", "task", "result", "threads", "model", "train", "validation", "output",
                "dtype", "method", "members", "seed", "energy_weight", "force_weight", "fit_e0"},
               "");
    const nn::UncertaintyOptions options = options_of(task);
    const std::string output = text(task, "output");
    std::unique_ptr<nn::Network> network = open_network(task);
    const FrameSet training = labelled(text(task, "train"), network->card().cutoff);
    const FrameSet validation = labelled(text(task, "validation"), network->card().cutoff);
    if (flag(task, "fit_e0", false)) {
        refit_e0(*network, training);
    }
    Progress progress("calibration");
    const auto report = [&](std::size_t done, std::size_t total) { progress.report(done, total); };
    const nn::FittedUncertainty fitted =
        nn::fit_uncertainty(*network, {training.graphs, training.labels},
                            {validation.graphs, validation.labels}, options, report);
    const std::vector<FrameSpread> spreads = nn::predict_spread(
        *network, validation.graphs, fitted.uncertainty, options.chunk, [](std::size_t, std::size_t) {});

    ModelFile model = read_model_file(resolve_model(text(task, "model")));
    model.card.e0 = network->card().e0;
    const std::unique_ptr<Potential> potential = nn::make_potential(std::move(network));
    const std::vector<Prediction> predictions =
        nn::predict(*potential, validation.graphs, 64, [](std::size_t, std::size_t) {});
    Json record{{"method", text(task, "method", "posterior")},
                {"regularisation", fitted.regularisation},
                {"train_frames", training.size()},
                {"validation_frames", validation.size()},
                {"energy", to_json(energy_calibration(validation.frames, predictions, spreads))},
                {"forces", to_json(force_calibration(validation.frames, predictions, spreads))}};
    if (options.method == nn::UncertaintyMethod::committee) {
        record["members"] = options.members;
    }
    model.card.parent_sha256 = model.sha256;
    nn::store_uncertainty(model, fitted.uncertainty, record);
    Json result{{"model", output}, {"sha256", write_model_file(output, model)}};
    result["uncertainty"] = model.card.uncertainty;
    return result;
}

}  // namespace fibonaqi::worker
