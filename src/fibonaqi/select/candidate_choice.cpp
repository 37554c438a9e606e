#include "fibonaqi/select/candidate_choice.hpp"

#include "fibonaqi/base/error.hpp"
#include "fibonaqi/base/superbatch_size.hpp"
#include "fibonaqi/select/row_settings.hpp"
#include "fibonaqi/select/strategy_options.hpp"

namespace fibonaqi {

std::vector<ConfigKey> candidate_choice_keys(const std::string& section) {
    using namespace config;
    std::vector<ConfigKey> keys{
        integer(section + ".batch", 10, "frames chosen from each superbatch").between(1, 100000),
        number(section + ".ratio", 0.1, "batch / superbatch; the superbatch must be a whole number of frames")
            .above(0)
            .between(0, 1),
        text(section + ".strategy", "divbs",
             "how frames are chosen; 'fibonaqi select --help' says what each does")
            .one_of(candidate_strategies()),
        object(section + ".options", Json::object(),
               "of the strategy, for example {\"pick\": \"argmax\"} of divbs"),
        text(section + ".features", "loss_gradient", "what is compared between frames")
            .one_of({"loss_gradient", "prediction_gradient", "force_jacobian", "embedding", "composition",
                     "geometry"}),
        number(section + ".energy_weight", 1, "weight of the energy in the gradients").at_least(0),
        number(section + ".force_weight", 100, "weight of the forces in the gradients").at_least(0),
    };
    const std::vector<ConfigKey> rows = row_keys(section);
    keys.insert(keys.end(), rows.begin(), rows.end());
    return keys;
}

std::vector<std::string> candidate_strategies() {
    std::vector<std::string> names;
    for (const std::string& name : strategy_names()) {
        if (!strategy_traits(name).needs_scores) {
            names.push_back(name);
        }
    }
    return names;
}

std::vector<ConfigProblem> candidate_choice_problems(const Json& values, const std::string& pointer) {
    std::vector<ConfigProblem> problems;
    try {
        (void)superbatch_size(values.at("batch").get<std::size_t>(), values.at("ratio").get<double>());
    } catch (const ConfigError& error) {
        problems.push_back({pointer + "/ratio", error.what()});
    }
    for (const auto& more : {strategy_problems(values, pointer), row_problems(values, pointer)}) {
        problems.insert(problems.end(), more.begin(), more.end());
    }
    if (values.at("energy_weight") == 0 && values.at("force_weight") == 0) {
        problems.push_back({pointer + "/energy_weight",
                            "is 0 as is force_weight (all gradients would be 0) give at least one of them"});
    }
    return problems;
}

bool compares_features(const Json& values) {
    return strategy_traits(values.at("strategy").get<std::string>()).needs_features;
}

void add_candidate_choice(const Json& values, Json& task) {
    for (const char* key : {"batch", "ratio", "strategy", "options"}) {
        task[key] = values.at(key);
    }
    if (!compares_features(values)) {
        return;
    }
    const Json& kind = values.at("features");
    task["kind"] = kind;
    task["last_layer"] = values.at("last_layer");
    task["normalise_rows"] = values.at("normalise_rows");
    if (values.at("clip_norm") != 0) {
        task["clip_norm"] = values.at("clip_norm");
    }
    if (kind == "loss_gradient" || kind == "force_jacobian") {
        task["loss"] =
            Json{{"energy_weight", values.at("energy_weight")}, {"force_weight", values.at("force_weight")}};
    }
}

}  // namespace fibonaqi
