#include "workflows/worker/task_keys.hpp"

#include <algorithm>

#include "fibonaqi/base/error.hpp"
#include "fibonaqi/base/suggest.hpp"
#include "fibonaqi/nn/train_options.hpp"

namespace fibonaqi::worker {
namespace {

[[noreturn]] void wrong_type(const std::string& key, const Json& value, const std::string& wanted) {
    throw ConfigError(key + " is " + value.dump() + " (must be " + wanted + ") correct the task");
}

nn::ForceNormalisation normalisation_from(const std::string& name) {
    if (name == "per_structure") {
        return nn::ForceNormalisation::per_structure;
    }
    if (name == "batch_atoms") {
        return nn::ForceNormalisation::batch_atoms;
    }
    throw ConfigError("loss.force_normalisation is '" + name + "' (unknown)" +
                      suggestion(name, {"per_structure", "batch_atoms"}));
}

double weight(const Json& loss, const std::string& key, double fallback) {
    const double value = number(loss, key, fallback);
    if (value < 0.0) {
        throw ConfigError("loss." + key + " is " + loss.at(key).dump() +
                          " (a weight cannot be negative) use 0 or more");
    }
    return value;
}

}  // namespace

bool has(const Json& object, const std::string& key) {
    const auto found = object.find(key);
    return found != object.end() && !found->is_null();
}

void check_keys(const Json& object, const std::vector<std::string>& known, const std::string& where) {
    for (const auto& [key, value] : object.items()) {
        if (std::find(known.begin(), known.end(), key) == known.end()) {
            throw ConfigError("unknown key " + (where.empty() ? key : where + "." + key) + " in the task" +
                              suggestion(key, known));
        }
    }
}

std::string text(const Json& object, const std::string& key) {
    if (!has(object, key)) {
        throw ConfigError("key " + key + " is missing (the task needs it) add it");
    }
    if (!object.at(key).is_string()) {
        wrong_type(key, object.at(key), "a text");
    }
    return object.at(key).get<std::string>();
}

std::string text(const Json& object, const std::string& key, const std::string& fallback) {
    return has(object, key) ? text(object, key) : fallback;
}

double number(const Json& object, const std::string& key, double fallback) {
    if (!has(object, key)) {
        return fallback;
    }
    if (!object.at(key).is_number()) {
        wrong_type(key, object.at(key), "a number");
    }
    return object.at(key).get<double>();
}

std::size_t count(const Json& object, const std::string& key, std::size_t fallback) {
    if (!has(object, key)) {
        return fallback;
    }
    if (!object.at(key).is_number_integer() || object.at(key).get<double>() < 0.0) {
        wrong_type(key, object.at(key), "a whole number of 0 or more");
    }
    return object.at(key).get<std::size_t>();
}

bool flag(const Json& object, const std::string& key, bool fallback) {
    if (!has(object, key)) {
        return fallback;
    }
    if (!object.at(key).is_boolean()) {
        wrong_type(key, object.at(key), "true or false");
    }
    return object.at(key).get<bool>();
}

Json section(const Json& object, const std::string& key) {
    if (!has(object, key)) {
        return Json::object();
    }
    if (!object.at(key).is_object()) {
        wrong_type(key, object.at(key), "an object");
    }
    return object.at(key);
}

LossSection loss_section(const Json& task) {
    const Json loss = section(task, "loss");
    check_keys(loss,
               {"kind", "huber_delta", "energy_weight", "force_weight", "stress_weight",
                "force_normalisation", "fit_e0"},
               "loss");
    LossSection result;
    result.options.kind = nn::loss_kind_from(text(loss, "kind", "weighted"));
    result.options.huber_delta = number(loss, "huber_delta", result.options.huber_delta);
    if (!(result.options.huber_delta > 0.0)) {
        throw ConfigError("loss.huber_delta is " + loss.at("huber_delta").dump() +
                          " (no error would count) use a number above 0");
    }
    nn::LossWeights& weights = result.options.weights;
    weights.energy = weight(loss, "energy_weight", weights.energy);
    weights.force = weight(loss, "force_weight", weights.force);
    weights.stress = weight(loss, "stress_weight", weights.stress);
    result.options.normalisation = normalisation_from(text(loss, "force_normalisation", "per_structure"));
    result.fit_e0 = flag(loss, "fit_e0", false);
    if (weights.energy + weights.force + weights.stress == 0.0) {
        throw ConfigError("all weights of the loss are 0 (its gradient would be 0) give at least one");
    }
    return result;
}

}  // namespace fibonaqi::worker
