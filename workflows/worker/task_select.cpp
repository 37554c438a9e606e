// Task "select": superbatches of the candidates, features of each, a selector's choice from each.
#include <numeric>

#include "fibonaqi/base/error.hpp"
#include "fibonaqi/base/log.hpp"
#include "fibonaqi/select/selector.hpp"
#include "fibonaqi/select/superbatch.hpp"

#include "workflows/worker/row_source.hpp"
#include "workflows/worker/task_keys.hpp"
#include "workflows/worker/tasks.hpp"

namespace fibonaqi::worker {
namespace {

struct SelectTask {
    SuperbatchSize size;
    std::unique_ptr<Selector> selector;
    std::uint64_t seed, cycle;
    std::size_t superbatches;  // at most; 0 = all
    std::string output;
};

SelectTask read_task(const Json& task) {
    check_keys(task,
               {"format",   "version", "task",  "result", "threads",      "features",      "model", "data",
                "kind",     "loss",    "dtype", "chunk",  "per_atom",     "pseudo_labels", "batch", "ratio",
                "strategy", "options", "seed",  "cycle",  "superbatches", "output"},
               "");
    return {superbatch_size(count(task, "batch", 10), number(task, "ratio", 0.1)),
            make_selector(text(task, "strategy", "divbs"), section(task, "options")),
            count(task, "seed", 0),
            count(task, "cycle", 0),
            count(task, "superbatches", 0),
            text(task, "output", "")};
}

std::vector<std::vector<std::uint64_t>> cut(const SelectTask& task, std::size_t samples) {
    std::vector<std::uint64_t> ids(samples);
    std::iota(ids.begin(), ids.end(), std::uint64_t{0});
    std::vector<std::vector<std::uint64_t>> superbatches =
        draw_superbatches(ids, task.size.superbatch, task.seed, task.cycle);
    if (task.superbatches > 0 && superbatches.size() > task.superbatches) {
        superbatches.resize(task.superbatches);
    }
    return superbatches;
}

void warn_about(const Selection& selection, std::size_t asked) {
    if (!selection.rejected.empty()) {
        log::warning(
            std::to_string(selection.rejected.size()) +
            " frames have features that are not finite and were rejected (atoms on top of each other?)");
    }
    std::size_t filled = 0;
    for (const Pick& pick : selection.picks) {
        filled += pick.filled ? 1 : 0;
    }
    if (filled > 0) {
        log::warning(std::to_string(filled) + " of " + std::to_string(asked) +
                     " picks are fills (the features span the mean with fewer picks than asked for)");
    }
}

Json picks_record(const Selection& selection, const RowSource& source) {
    std::vector<std::uint64_t> ids;
    for (const Pick& pick : selection.picks) {
        ids.push_back(pick.id);
    }
    const std::optional<nn::PredictedSpread> spread = source.spread(ids);
    Json picks = Json::array();
    for (std::size_t i = 0; i < selection.picks.size(); ++i) {
        const Pick& pick = selection.picks[i];
        Json record{{"id", pick.id},
                    {"order", i},
                    {"score", pick.score},
                    {"residual", pick.residual},
                    {"filled", pick.filled}};
        if (spread) {
            const auto row = static_cast<std::int64_t>(i);
            record["energy_spread_eV_per_atom"] = spread->energy_per_atom[row].item<double>();
            record["force_spread_eV_per_A"] = spread->force[row].item<double>();
        }
        picks.push_back(std::move(record));
    }
    return picks;
}

Json select_superbatch(const SelectTask& task, RowSource& source, const std::vector<std::uint64_t>& ids,
                       std::size_t index) {
    SelectionRequest request;
    request.batch =
        ids.size() == task.size.superbatch ? task.size.batch : selected_of_tail(ids.size(), task.size);
    request.seed = task.seed;
    request.cycle = task.cycle;
    request.ids = ids;
    const Selection selection = task.selector->select(source.rows(ids, index), request);
    warn_about(selection, request.batch);
    return Json{{"size", ids.size()},
                {"reason", to_string(selection.reason)},
                {"condition_number", selection.condition_number},
                {"rejected", selection.rejected},
                {"picks", picks_record(selection, source)}};
}

// Picks of all superbatches in one list, numbered through.
Json all_picks(const Json& superbatches) {
    Json all = Json::array();
    for (std::size_t index = 0; index < superbatches.size(); ++index) {
        for (Json pick : superbatches[index].at("picks")) {
            pick["superbatch"] = index;
            pick["order"] = all.size();
            all.push_back(std::move(pick));
        }
    }
    return all;
}

// A pool whose labels are references stays one; predictions must not turn into references.
std::string label_prefix(const FrameSet& frames) {
    const bool is_reference = frames.audit.energy_keys.contains("REF_energy") ||
                              frames.audit.forces_keys.contains("REF_forces") ||
                              frames.audit.stress_keys.contains("REF_stress");
    return is_reference ? "REF_" : "";
}

void write_picks(const std::string& path, const FrameSet& frames, const Json& picks) {
    std::vector<Frame> chosen;
    for (const Json& pick : picks) {
        Frame frame = frames.frames[pick.at("id").get<std::size_t>()];
        frame.info["selection_id"] = pick.at("id").get<long>();
        frame.info["selection_order"] = pick.at("order").get<long>();
        frame.info["selection_score"] = pick.at("score").get<double>();
        chosen.push_back(std::move(frame));
    }
    write_extxyz(path, chosen, {label_prefix(frames)});
}

}  // namespace

Json run_select(const Json& record) {
    const SelectTask task = read_task(record);
    const std::unique_ptr<RowSource> source = make_row_source(record, task.selector->needs_features());
    if (source->size() == 0) {
        throw ConfigError("there are no candidates (the file is empty) nothing can be selected");
    }
    if (!task.output.empty() && source->frames() == nullptr) {
        throw ConfigError("output is given without data (stored features hold no structures) give data too");
    }
    Json superbatches = Json::array();
    Json rejected = Json::array();
    for (const std::vector<std::uint64_t>& ids : cut(task, source->size())) {
        superbatches.push_back(select_superbatch(task, *source, ids, superbatches.size()));
        const Json& unusable = superbatches.back().at("rejected");
        rejected.insert(rejected.end(), unusable.begin(), unusable.end());
    }
    const Json picks = all_picks(superbatches);
    if (!task.output.empty()) {
        write_picks(task.output, *source->frames(), picks);
    }
    return Json{{"strategy", task.selector->name()},
                {"candidates", source->size()},
                {"superbatches", superbatches},
                {"picks", picks},
                {"rejected", rejected},
                {"pseudo_labels", source->pseudo_labels()}};
}

}  // namespace fibonaqi::worker
