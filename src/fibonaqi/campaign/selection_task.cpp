#include "fibonaqi/campaign/selection_task.hpp"

#include "fibonaqi/campaign/arm.hpp"
#include "fibonaqi/campaign/workplace.hpp"
#include "fibonaqi/data/dataset.hpp"
#include "fibonaqi/select/candidate_choice.hpp"

namespace fibonaqi {

std::vector<Frame> labelled_before(const Ledger& ledger, const CampaignLayout& layout, int cycle) {
    LedgerFilter filter;
    filter.purpose = label_purpose(layout);
    filter.up_to_cycle = cycle - 1;
    return labelled_frames(ledger, filter);
}

Json selection_task(const CampaignOptions& options, const CampaignLayout& layout, const Ledger& ledger,
                    int cycle) {
    const SelectOptions& select = options.select;
    Json task = make_record("worker-task", 1);
    task["task"] = "select";
    task["data"] = layout.candidates(cycle).string();
    task["superbatches"] = select.superbatches;
    task["allow_small_pool"] = true;  // walkers may have given up early
    task["seed"] = options.seed;
    task["cycle"] = cycle;
    add_candidate_choice(select.choice, task);
    if (!compares_features(select.choice)) {
        return task;
    }
    task["model"] = current_model(ledger, layout, cycle).string();
    task["dtype"] = "float64";
    if (!labelled_before(ledger, layout, cycle).empty()) {
        task["labelled"] = layout.labelled_before(cycle).string();
    }
    if (task.contains("loss")) {
        task["loss"]["kind"] = options.train.value("loss", "weighted");
        task["loss"]["huber_delta"] = options.train.value("huber_delta", 0.01);
    }
    if (task.at("kind") == "loss_gradient") {
        task["pseudo_labels"] =
            Json{{"kind", "posterior"}, {"prior_force_spread_eV_per_A", select.prior_force_spread_eV_per_A}};
    }
    return task;
}

}  // namespace fibonaqi
