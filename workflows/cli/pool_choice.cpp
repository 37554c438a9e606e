#include "workflows/cli/pool_choice.hpp"

#include "fibonaqi/select/candidate_choice.hpp"
#include "fibonaqi/select/strategy_options.hpp"

#include "workflows/cli/config_file.hpp"

namespace fibonaqi::cli {
namespace {

// Energies of other codes and models have another zero than the model's.
void add_labels(const Json& select, Json& task) {
    const std::string labels = select.at("labels").get<std::string>();
    task["loss"]["fit_e0"] = labels != "posterior";
    if (labels != "pool") {
        task["pseudo_labels"] = Json{{"kind", labels}};
    }
    if (labels == "teacher") {
        task["pseudo_labels"]["teacher"] = select.at("teacher");
    } else if (labels == "committee") {
        task["committee"] = select.at("committee");
    }
}

}  // namespace

std::vector<ConfigKey> pool_choice_keys(const std::string& section) {
    std::vector<ConfigKey> keys = candidate_choice_keys(section);
    keys.push_back(
        config::text(section + ".labels", "posterior",
                     "for loss_gradient. pool: those that the frames have; posterior: none, a draw of the "
                     "last-layer posterior instead; teacher: another model's; committee: those of one of "
                     "several other models, another one for every superbatch")
            .one_of({"pool", "posterior", "teacher", "committee"}));
    keys.push_back(config::text(section + ".teacher", nullptr,
                                "the model whose labels are taken: a file, or the name of an installed one"));
    keys.push_back(config::list(ConfigKind::texts, section + ".committee", Json::array(),
                                "the models of the committee, likewise"));
    return keys;
}

std::vector<ConfigProblem> pool_choice_problems(const Json& values, const std::string& pointer) {
    std::vector<ConfigProblem> problems = candidate_choice_problems(values, pointer);
    const std::string labels = values.at("labels").get<std::string>();
    const auto expect_given = [&](const char* key, bool is_given) {
        const bool is_wanted = labels == key;
        if (is_wanted && !is_given) {
            problems.push_back({pointer, std::string(key) + " is missing (labels are " + key +
                                             ") name the model that predicts them"});
        } else if (!is_wanted && is_given) {
            problems.push_back({pointer + "/" + key, "is given for nothing (labels are " + labels +
                                                         ") leave it out, or use labels " + key});
        }
    };
    expect_given("teacher", !values.at("teacher").is_null());
    expect_given("committee", !values.at("committee").empty());
    return problems;
}

void make_models_absolute(Json& select, const std::filesystem::path& folder) {
    make_model_absolute(select["teacher"], folder);
    for (Json& member : select["committee"]) {
        make_model_absolute(member, folder);
    }
}

Json pool_choice_task(const Json& select, const std::string& pool, const Json& model, const Json& labelled) {
    Json task = make_record("worker-task", 1);
    task["task"] = "select";
    task["data"] = pool;
    task["superbatches"] = 1;
    add_candidate_choice(select, task);
    if (!compares_features(select)) {
        return task;
    }
    task["model"] = model;
    const bool is_loss = task.at("kind") == "loss_gradient";
    if (is_loss) {
        add_labels(select, task);
    }
    const bool has_posterior = is_loss && select.at("labels") == "posterior";
    const bool uses_labelled = strategy_traits(select.at("strategy").get<std::string>()).uses_labelled;
    if (!labelled.is_null() && (uses_labelled || has_posterior)) {
        task["labelled"] = labelled;
    }
    return task;
}

}  // namespace fibonaqi::cli
