#include <set>

#include "fibonaqi/atoms/extxyz.hpp"
#include "fibonaqi/base/error.hpp"
#include "fibonaqi/base/file_system.hpp"
#include "fibonaqi/campaign/candidate_pool.hpp"
#include "fibonaqi/campaign/frame_origin.hpp"
#include "fibonaqi/campaign/label_traffic.hpp"
#include "fibonaqi/campaign/selection_task.hpp"
#include "fibonaqi/campaign/stages.hpp"
#include "fibonaqi/campaign/task_runner.hpp"
#include "fibonaqi/select/candidate_choice.hpp"

namespace fibonaqi {
namespace {

// What the selection compares the candidates with.
void write_labelled_before(const Workplace& place, int cycle) {
    make_directories(place.layout.select(cycle));
    write_extxyz(place.layout.labelled_before(cycle), labelled_before(place.ledger, place.layout, cycle));
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

// A control gets no more labels than the campaign's own selection has asked for.
void keep_to_budget(const Workplace& place, int cycle, std::vector<Frame>& chosen) {
    const auto own = place.ledger.stage(cycle, stage_names::select);
    if (place.layout.arm().empty() || !own) {
        return;
    }
    const auto budget = own->at("selected").get<std::size_t>();
    if (chosen.size() > budget) {
        chosen.resize(budget);
        write_extxyz(place.layout.picks(cycle), chosen, {""});
    }
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

// Candidates of this cycle and what still waits for a label, as one pool. Those that wait come last, and
// once: this stage may be repeated.
std::vector<WaitingFrame> add_waiting(const Workplace& place, int cycle) {
    if (place.traffic == nullptr) {
        return {};
    }
    std::vector<WaitingFrame> waiting = place.traffic->take_back(cycle);
    std::vector<Frame> pool = read_extxyz(place.layout.candidates(cycle)).frames;
    std::set<std::string> known;
    for (const Frame& frame : pool) {
        known.insert(structure_hash(frame.structure));
    }
    for (const WaitingFrame& one : waiting) {
        if (known.insert(structure_hash(one.frame.structure)).second) {
            pool.push_back(one.frame);
            pool.back().info.erase("selection_order");
            pool.back().info.erase("selection_score");
        }
    }
    write_extxyz(place.layout.candidates(cycle), pool, {""});
    return waiting;
}

// Returns how many are not asked for any more.
std::size_t drop_others(const Workplace& place, int cycle, const std::vector<WaitingFrame>& waiting,
                        const std::vector<Frame>& chosen) {
    std::set<std::string> kept;
    for (const Frame& frame : chosen) {
        kept.insert(structure_hash(frame.structure));
    }
    std::size_t dropped = 0;
    for (const WaitingFrame& one : waiting) {
        if (!kept.contains(structure_hash(one.frame.structure))) {
            place.traffic->drop(one.key, "dropped before it was computed: to the model of cycle " +
                                             std::to_string(cycle - 1) + " other frames are worth more");
            ++dropped;
        }
    }
    return dropped;
}

}  // namespace

Json select_stage(const Workplace& place, int cycle) {
    if (cycle == 0) {
        return take_evenly(place);
    }
    const std::vector<WaitingFrame> waiting = add_waiting(place, cycle);
    Json task = selection_task(place.options, place.layout, place.ledger, cycle);
    if (compares_features(place.options.select.choice)) {
        task["map"] = true;
    }
    if (task.contains("labelled")) {
        write_labelled_before(place, cycle);
    }
    task["threads"] = place.hosts.worker.threads(1);
    task["output"] = place.layout.picks(cycle).string();
    const TaskEnd end =
        run_task({place.programs.worker, place.layout.select(cycle), std::move(task), "selection"},
                 place.surroundings(place.hosts.worker), "frames");
    std::vector<Frame> chosen = read_extxyz(place.layout.picks(cycle)).frames;
    keep_to_budget(place, cycle, chosen);
    if (chosen.empty()) {
        throw Error("nothing was selected (no candidate has features that are finite) see " +
                        task_files(place.layout.select(cycle)).log.string(),
                    ExitCode::too_many_failures);
    }
    const std::size_t dropped = drop_others(place, cycle, waiting, chosen);
    Json result{{"candidates", end.result.at("candidates")},
                {"selected", chosen.size()},
                {"rejected", end.result.at("rejected").size()},
                {"pseudo_labels", end.result.value("pseudo_labels", Json(nullptr))},
                {"picks", picks_of(chosen, cycle)},
                {"cpu_seconds", end.cpu_seconds},
                {"max_rss_kB", end.max_rss_kB}};
    if (place.traffic != nullptr) {
        result["waited"] = waiting.size();
        result["dropped"] = dropped;
    }
    return result;
}

}  // namespace fibonaqi
