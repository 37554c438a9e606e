#include "workflows/cli/pool_choice.hpp"

#include "fibonaqi/select/candidate_choice.hpp"
#include "fibonaqi/select/strategy_options.hpp"

namespace fibonaqi::cli {

std::vector<ConfigKey> pool_choice_keys(const std::string& section) {
    std::vector<ConfigKey> keys = candidate_choice_keys(section);
    keys.push_back(
        config::text(section + ".labels", "posterior",
                     "for loss_gradient. pool: those that the frames have; posterior: none, a draw of the "
                     "last-layer posterior instead")
            .one_of({"pool", "posterior"}));
    return keys;
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
    const bool has_posterior = is_loss && select.at("labels") == "posterior";
    if (is_loss) {
        task["loss"]["fit_e0"] = !has_posterior;
    }
    if (has_posterior) {
        task["pseudo_labels"] = Json{{"kind", "posterior"}};
    }
    const bool uses_labelled = strategy_traits(select.at("strategy").get<std::string>()).uses_labelled;
    if (!labelled.is_null() && (uses_labelled || has_posterior)) {
        task["labelled"] = labelled;
    }
    return task;
}

}  // namespace fibonaqi::cli
