#include "workflows/worker/frame_scores.hpp"

#include <map>

#include "fibonaqi/base/error.hpp"
#include "fibonaqi/base/suggest.hpp"
#include "fibonaqi/nn/sample_losses.hpp"

#include "workflows/worker/task_keys.hpp"

namespace fibonaqi::worker {
namespace {

ScoreKind kind_from(const std::string& name) {
    const std::map<std::string, ScoreKind> kinds{{"loss", ScoreKind::loss},
                                                 {"deviation", ScoreKind::deviation},
                                                 {"energy_deviation", ScoreKind::energy_deviation}};
    const auto found = kinds.find(name);
    if (found == kinds.end()) {
        throw ConfigError("scores.kind is '" + name + "' (unknown)" +
                          suggestion(name, {"loss", "deviation", "energy_deviation"}));
    }
    return found->second;
}

void check_reference(const ScoreOptions& options, const Selector& selector) {
    if (selector.needs_reference_scores() && options.kind != ScoreKind::loss) {
        throw ConfigError(
            "strategy " + selector.name() +
            " goes by losses (scores of another kind have no reference) use scores of kind loss");
    }
    if (selector.needs_reference_scores() && options.reference_model.empty()) {
        throw ConfigError("scores.reference_model is missing (strategy " + selector.name() +
                          " compares with the loss of a model that was trained on other frames) name one");
    }
    if (!selector.needs_reference_scores() && !options.reference_model.empty()) {
        throw ConfigError("scores.reference_model is given (strategy " + selector.name() +
                          " does not compare with one) leave it out");
    }
}

}  // namespace

std::optional<ScoreOptions> score_options(const Json& task, const Selector& selector) {
    if (!has(task, "scores") || task.at("scores").is_string()) {
        return std::nullopt;
    }
    const Json given = section(task, "scores");
    check_keys(given, {"kind", "reference_model"}, "scores");
    const ScoreOptions options{kind_from(text(given, "kind")), text(given, "reference_model", "")};
    if (!selector.needs_scores()) {
        throw ConfigError("scores are given (strategy " + selector.name() +
                          " does not look at them) leave them out");
    }
    check_reference(options, selector);
    return options;
}

LossScores::LossScores(const ScoreOptions& options, const FeatureSettings& settings, const FeaturePool& pool,
                       const Json& task)
    : settings_(settings), network_(*pool.network) {
    if (!options.reference_model.empty()) {
        reference_.emplace(options.reference_model, "scores.reference_model", pool, task);
    }
}

FrameScores LossScores::of(const SomeFrames& frames, std::span<const Labels> labels) const {
    const std::vector<AtomGraph> graphs = frames.graphs();
    const nn::LossOptions& loss = settings_.loss.options;
    nn::require_labels(graphs, labels, loss.weights);
    FrameScores scores;
    scores.scores = nn::sample_losses(network_, graphs, labels, loss, settings_.chunk);
    if (reference_) {
        const nn::Network& other = reference_->network();
        scores.reference_scores =
            nn::sample_losses(other, frames.graphs(other.card().cutoff), labels, loss, settings_.chunk);
    }
    return scores;
}

FrameScores deviation_scores(ScoreKind kind, std::span<const FrameSpread> spreads) {
    FrameScores scores;
    for (const FrameSpread& spread : spreads) {
        scores.scores.push_back(kind == ScoreKind::deviation
                                    ? nn::largest_force_deviation(spread)
                                    : spread.energy / static_cast<double>(spread.forces.size()));
    }
    return scores;
}

}  // namespace fibonaqi::worker
