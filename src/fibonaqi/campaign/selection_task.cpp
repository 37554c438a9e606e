#include "fibonaqi/campaign/selection_task.hpp"

#include "fibonaqi/campaign/arm.hpp"
#include "fibonaqi/campaign/workplace.hpp"
#include "fibonaqi/data/dataset.hpp"
#include "fibonaqi/select/strategy_options.hpp"

namespace fibonaqi {

bool uses_features(const SelectOptions& select) {
    return strategy_traits(select.strategy).needs_features;
}

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
    task["batch"] = select.batch;
    task["ratio"] = select.ratio;
    task["superbatches"] = select.superbatches;
    task["allow_small_pool"] = true;  // walkers may have given up early
    task["strategy"] = select.strategy;
    task["seed"] = options.seed;
    task["cycle"] = cycle;
    if (!uses_features(select)) {
        return task;
    }
    task["options"] = select.options;
    task["model"] = current_model(ledger, layout, cycle).string();
    task["dtype"] = "float64";
    task["kind"] = select.features;
    const bool has_labels = !labelled_before(ledger, layout, cycle).empty();
    const Json labelled = has_labels ? Json(layout.labelled_before(cycle).string()) : Json(nullptr);
    if (strategy_traits(select.strategy).uses_labelled) {
        task["labelled"] = labelled;
    }
    task["last_layer"] = select.last_layer;
    task["normalise_rows"] = select.is_normalised;
    if (select.clip_quantile > 0.0) {
        task["clip_norm"] = select.clip_quantile;
    }
    const bool is_loss_gradient = select.features == "loss_gradient";
    if (is_loss_gradient || select.features == "force_jacobian") {
        task["loss"] = Json{{"kind", options.train.value("loss", "weighted")},
                            {"huber_delta", options.train.value("huber_delta", 0.01)},
                            {"energy_weight", select.energy_weight},
                            {"force_weight", select.force_weight}};
    }
    if (is_loss_gradient) {
        task["pseudo_labels"] = Json{{"kind", "posterior"},
                                     {"labelled", labelled},
                                     {"prior_force_spread_eV_per_A", select.prior_force_spread_eV_per_A}};
    }
    return task;
}

}  // namespace fibonaqi
