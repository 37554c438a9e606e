#include "workflows/worker/pseudo_labels.hpp"

#include <algorithm>
#include <map>

#include "fibonaqi/base/error.hpp"
#include "fibonaqi/base/suggest.hpp"

#include "workflows/worker/task_keys.hpp"

namespace fibonaqi::worker {
namespace {

double positive(const Json& object, const std::string& key, double fallback) {
    const double value = number(object, key, fallback);
    if (!(value > 0.0)) {
        throw ConfigError("pseudo_labels." + key + " is " + object.at(key).dump() +
                          " (must be above 0) correct it");
    }
    return value;
}

PseudoLabelKind kind_from(const std::string& name) {
    const std::map<std::string, PseudoLabelKind> kinds{{"posterior", PseudoLabelKind::posterior},
                                                       {"teacher", PseudoLabelKind::teacher},
                                                       {"committee", PseudoLabelKind::committee}};
    const auto found = kinds.find(name);
    if (found == kinds.end()) {
        throw ConfigError("pseudo_labels.kind is '" + name + "' (unknown)" +
                          suggestion(name, {"posterior", "teacher", "committee"}));
    }
    return found->second;
}

// Which keys a section of this kind may have.
std::vector<std::string> keys_of(PseudoLabelKind kind) {
    switch (kind) {
        case PseudoLabelKind::posterior:
            return {"kind", "labelled", "prior_force_spread_eV_per_A", "regularisation"};
        case PseudoLabelKind::teacher:
            return {"kind", "teacher"};
        case PseudoLabelKind::committee:
            break;
    }
    return {"kind"};
}

}  // namespace

std::optional<PseudoLabelOptions> pseudo_label_options(const Json& task, const nn::LossWeights& weights) {
    if (!has(task, "pseudo_labels")) {
        return std::nullopt;
    }
    const Json given = section(task, "pseudo_labels");
    PseudoLabelOptions options;
    options.kind = kind_from(text(given, "kind"));
    check_keys(given, keys_of(options.kind), "pseudo_labels");
    if (options.kind == PseudoLabelKind::teacher) {
        options.teacher = text(given, "teacher", "");
        if (options.teacher.empty()) {
            throw ConfigError(
                "pseudo_labels.teacher is missing (kind teacher takes another model's predictions) name a "
                "model");
        }
    }
    options.labelled = text(given, "labelled", text(task, "labelled", ""));
    options.prior_force_spread = positive(given, "prior_force_spread_eV_per_A", options.prior_force_spread);
    options.posterior.weights = weights;
    options.posterior.regularisation = positive(given, "regularisation", options.posterior.regularisation);
    options.chunk = std::max<std::size_t>(1, count(task, "chunk", nn::default_chunk));
    return options;
}

}  // namespace fibonaqi::worker
