#include "fibonaqi/nn/pretrained_options.hpp"

namespace fibonaqi::nn {
namespace {

// The defaults, for settings without these sections.
const Json& defaults() {
    static const Json values = ConfigSchema("", pretrained_keys()).check(Json::object()).values;
    return values;
}

const Json& section_of(const Json& settings, const char* name) {
    return settings.contains(name) ? settings.at(name) : defaults().at(name);
}

PretrainedLabels labels_of(const Json& section) {
    return section.at("labels") == "file" ? PretrainedLabels::file : PretrainedLabels::model;
}

ConfigKey labels_key(const char* path) {
    return config::text(path, "model",
                        "of these frames; model: those of the initial model, whatever is in the file; file: "
                        "those in the file, which must be of the level of theory that the initial model was "
                        "trained on")
        .one_of({"model", "file"});
}

}  // namespace

std::vector<ConfigKey> pretrained_keys() {
    using namespace config;
    return {
        section("replay",
                "of frames that the initial model is good at, where some are given: in every batch, so that "
                "it stays so"),
        number("replay.share", 0.3, "of the frames of a batch; they come on top of \"batch\" frames")
            .above(0)
            .between(0, 0.95),
        labels_key("replay.labels"),
        section("forgetting",
                "alarm when the model gets worse on frames that the initial model is good at, where some are "
                "given"),
        number("forgetting.factor", 2,
               "alarm when the force RMSE on them is this many times that of the initial model, and")
            .at_least(1),
        number("forgetting.tolerated_force_rmse_eV_per_A", 0.1, "above this [eV/angstrom]").at_least(0),
        labels_key("forgetting.labels"),
    };
}

ReplayOptions replay_options_from_json(const Json& settings) {
    const Json& section = section_of(settings, "replay");
    return {section.at("share").get<double>(), labels_of(section)};
}

ForgettingOptions forgetting_options_from_json(const Json& settings) {
    const Json& section = section_of(settings, "forgetting");
    return {section.at("factor").get<double>(), section.at("tolerated_force_rmse_eV_per_A").get<double>(),
            labels_of(section)};
}

}  // namespace fibonaqi::nn
