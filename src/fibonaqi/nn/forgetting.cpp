#include "fibonaqi/nn/forgetting.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <span>
#include <vector>

#include "fibonaqi/base/contract.hpp"
#include "fibonaqi/base/error.hpp"
#include "fibonaqi/nn/e0_fit.hpp"
#include "fibonaqi/nn/predictions.hpp"
#include "fibonaqi/nn/sample_gradients.hpp"

namespace fibonaqi::nn {
namespace {

// One frame after the other: graphs of a large set need not be in memory together.
std::vector<Prediction> predictions_for(const Network& network, std::span<const Frame> frames) {
    const FrozenParameters frozen(network);
    std::vector<Prediction> predictions;
    for (std::size_t i = 0; i < frames.size(); ++i) {
        try {
            const AtomGraph graph = make_graph(frames[i].structure, network.card().cutoff);
            const GraphBatch batch = make_batch({&graph, 1}, network.card(), network.options());
            NetworkRequest request;
            request.virial = frames[i].labels.stress.has_value();
            predictions.push_back(predictions_of(network.evaluate(batch, request), batch)[0]);
        } catch (const Error&) {
            rethrow_with_context("forgetting frame " + std::to_string(i));
        }
    }
    return predictions;
}

double force_rmse_of(const ErrorReport& report) {
    return report.forces ? report.forces->rmse : 0.0;
}

// Forces above which there is an alarm [eV/angstrom].
double limit(const Forgetting& forgetting, const ForgettingOptions& options) {
    return std::max(options.factor * force_rmse_of(forgetting.initial), options.tolerated_force_rmse);
}

ErrorReport errors_beside_fit(const ModelCard& card, std::span<const Frame> frames,
                              std::vector<Prediction> predictions) {
    const E0Fit fit = fit_e0(card, frames, predictions);
    for (std::size_t i = 0; i < frames.size(); ++i) {
        for (const int number : frames[i].structure.atomic_numbers) {
            const auto found = std::find(card.species.begin(), card.species.end(), number);
            FIBONAQI_EXPECT(found != card.species.end());
            predictions[i].energy += fit.shift[static_cast<std::size_t>(found - card.species.begin())];
        }
    }
    ErrorReport report = compare(frames, predictions);
    if (fit.frames < 2 * fit.rank) {
        report.energy_per_atom.reset();
    }
    return report;
}

}  // namespace

ErrorReport errors_beside_constants(const Network& network, const ReplayFrames& frames) {
    const std::vector<Prediction> predictions = predictions_for(network, frames.frames);
    return frames.e0.empty() ? errors_beside_fit(network.card(), frames.frames, predictions)
                             : compare(with_e0_of(network.card(), frames), predictions);
}

bool is_alarming(const Forgetting& forgetting, const ForgettingOptions& options) {
    // Written so that a NaN is alarming.
    return forgetting.after.forces && !(force_rmse_of(forgetting.after) <= limit(forgetting, options));
}

std::string describe(const Forgetting& forgetting, const ForgettingOptions& options) {
    char text[160] = "no force labels";
    if (forgetting.after.forces) {
        std::snprintf(text, sizeof text, "force RMSE %.4f before, %.4f eV/A after (limit %.4f)",
                      force_rmse_of(forgetting.before), force_rmse_of(forgetting.after),
                      limit(forgetting, options));
    }
    std::string line = text;
    if (forgetting.before.energy_per_atom && forgetting.after.energy_per_atom) {
        std::snprintf(text, sizeof text, ", energy RMSE %.2f before, %.2f meV/atom after",
                      1e3 * forgetting.before.energy_per_atom->rmse,
                      1e3 * forgetting.after.energy_per_atom->rmse);
        line += text;
    }
    return line + ", " + std::to_string(forgetting.frames) + " frames labelled by " +
           (options.labels == PretrainedLabels::model ? "the initial model" : "the file");
}

Json to_json(const Forgetting& forgetting, const ForgettingOptions& options) {
    return Json{{"frames", forgetting.frames},
                {"labels", options.labels == PretrainedLabels::model ? "model" : "file"},
                {"initial", to_json(forgetting.initial)},
                {"before", to_json(forgetting.before)},
                {"after", to_json(forgetting.after)},
                {"is_alarming", is_alarming(forgetting, options)},
                {"finding", describe(forgetting, options)}};
}

}  // namespace fibonaqi::nn
