#include "fibonaqi/atoms/extxyz.hpp"
#include "fibonaqi/base/error.hpp"
#include "fibonaqi/base/file_system.hpp"
#include "fibonaqi/campaign/candidate_pool.hpp"
#include "fibonaqi/campaign/frame_origin.hpp"
#include "fibonaqi/campaign/stages.hpp"
#include "fibonaqi/campaign/task_runner.hpp"
#include "fibonaqi/data/dataset.hpp"

namespace fibonaqi {
namespace {

// Labels of earlier cycles for the posterior; null before there are any.
Json labelled_before(const Workplace& place, int cycle) {
    LedgerFilter filter;
    filter.purpose = "train";
    filter.up_to_cycle = cycle - 1;
    const std::vector<Frame> frames = labelled_frames(place.ledger, filter);
    if (frames.empty()) {
        return nullptr;
    }
    make_directories(place.layout.select(cycle));
    write_extxyz(place.layout.labelled_before(cycle), frames);
    return place.layout.labelled_before(cycle).string();
}

Json select_task(const Workplace& place, int cycle) {
    const SelectOptions& select = place.options.select;
    Json task = make_record("worker-task", 1);
    task["task"] = "select";
    task["threads"] = place.cores;
    task["data"] = place.layout.candidates(cycle).string();
    task["batch"] = select.batch;
    task["ratio"] = select.ratio;
    task["superbatches"] = select.superbatches;
    task["allow_small_pool"] = true;  // walkers may have given up early
    task["strategy"] = select.strategy;
    task["seed"] = place.options.seed;
    task["cycle"] = cycle;
    task["output"] = place.layout.picks(cycle).string();
    if (select.strategy == "uniform") {
        return task;
    }
    task["options"] = Json{{"pick", select.pick}, {"fill", select.fill}};
    task["model"] = current_model(place.ledger, place.layout, cycle).string();
    task["dtype"] = "float64";
    task["kind"] = select.features;
    if (select.features == "loss_gradient") {
        task["loss"] = Json{{"kind", place.options.train.value("loss", "weighted")},
                            {"huber_delta", place.options.train.value("huber_delta", 0.01)},
                            {"energy_weight", select.energy_weight},
                            {"force_weight", select.force_weight}};
        task["pseudo_labels"] = Json{{"kind", "posterior"},
                                     {"labelled", labelled_before(place, cycle)},
                                     {"prior_force_spread_eV_per_A", select.prior_force_spread_eV_per_A}};
    }
    return task;
}

Json picks_of(const std::vector<Frame>& frames, int cycle) {
    Json picks = Json::array();
    for (const Frame& frame : frames) {
        const LabelOrigin origin = origin_of(frame, cycle);
        picks.push_back({{"order", origin.order},
                         {"score", origin.score ? Json(*origin.score) : Json(nullptr)},
                         {"walker", origin.walker},
                         {"temperature_K", origin.temperature_K},
                         {"step", origin.step},
                         {"reason", text_of(frame, "reason")}});
    }
    return picks;
}

Json take_evenly(const Workplace& place) {
    const std::vector<Frame> candidates = read_extxyz(place.layout.candidates(0)).frames;
    std::vector<Frame> chosen;
    for (const std::size_t index : evenly_spread(candidates.size(), place.options.test_set.frames)) {
        chosen.push_back(candidates[index]);
        chosen.back().info["selection_order"] = static_cast<long>(chosen.size() - 1);
    }
    write_extxyz(place.layout.picks(0), chosen, {""});
    return {{"candidates", candidates.size()},
            {"selected", chosen.size()},
            {"picks", picks_of(chosen, 0)},
            {"cpu_seconds", 0.0}};
}

}  // namespace

Json select_stage(const Workplace& place, int cycle) {
    if (cycle == 0) {
        return take_evenly(place);
    }
    const TaskEnd end =
        run_task({place.programs.worker, place.layout.select(cycle), select_task(place, cycle), "selection"},
                 place.progress, "frames");
    const std::vector<Frame> chosen = read_extxyz(place.layout.picks(cycle)).frames;
    if (chosen.empty()) {
        throw Error("nothing was selected (no candidate has features that are finite) see " +
                        task_files(place.layout.select(cycle)).log.string(),
                    ExitCode::too_many_failures);
    }
    return {{"candidates", end.result.at("candidates")},
            {"selected", chosen.size()},
            {"rejected", end.result.at("rejected").size()},
            {"pseudo_labels", end.result.value("pseudo_labels", Json(nullptr))},
            {"picks", picks_of(chosen, cycle)},
            {"cpu_seconds", end.cpu_seconds},
            {"max_rss_kB", end.max_rss_kB}};
}

}  // namespace fibonaqi
