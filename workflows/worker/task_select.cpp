// Task "select": superbatches of the candidates, features of each, a selector's choice from each.
#include <numeric>
#include <optional>
#include <utility>

#include "fibonaqi/base/error.hpp"
#include "fibonaqi/base/log.hpp"
#include "fibonaqi/nn/sample_losses.hpp"
#include "fibonaqi/select/selector.hpp"
#include "fibonaqi/select/superbatch.hpp"

#include "workflows/worker/featurizer.hpp"
#include "workflows/worker/row_source.hpp"
#include "workflows/worker/select_inputs.hpp"
#include "workflows/worker/select_map.hpp"
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
    std::optional<std::pair<std::uint64_t, std::uint64_t>> seeds;  // first and last
};

std::optional<std::pair<std::uint64_t, std::uint64_t>> read_seeds(const Json& task) {
    if (!has(task, "seeds")) {
        return std::nullopt;
    }
    const Json& seeds = task.at("seeds");
    const auto is_count = [](const Json& value) {
        return value.is_number_integer() && value.get<double>() >= 0.0;
    };
    if (!seeds.is_array() || seeds.size() != 2 || !is_count(seeds[0]) || !is_count(seeds[1]) ||
        seeds[0].get<std::uint64_t>() > seeds[1].get<std::uint64_t>()) {
        throw ConfigError("seeds are " + seeds.dump() +
                          " (first and last, whole numbers of 0 or more) use for example [0, 999]");
    }
    for (const char* key : {"model", "output"}) {
        if (has(task, key)) {
            throw ConfigError(
                std::string("seeds and ") + key +
                " are both given (many selections are made from stored features) leave one out");
        }
    }
    return std::pair(seeds[0].get<std::uint64_t>(), seeds[1].get<std::uint64_t>());
}

SelectTask read_task(const Json& task) {
    std::vector<std::string> keys{"format",   "version",          "task",     "result",
                                  "threads",  "features",         "model",    "data",
                                  "dtype",    "pseudo_labels",    "batch",    "ratio",
                                  "strategy", "options",          "seed",     "seeds",
                                  "cycle",    "superbatches",     "scores",   "labelled_features",
                                  "output",   "allow_small_pool", "labelled", "committee",
                                  "map"};
    keys.insert(keys.end(), feature_keys().begin(), feature_keys().end());
    check_keys(task, keys, "");
    return {superbatch_size(count(task, "batch", 10), number(task, "ratio", 0.1)),
            make_selector(text(task, "strategy", "divbs"), section(task, "options")),
            count(task, "seed", 0),
            count(task, "cycle", 0),
            count(task, "superbatches", 0),
            text(task, "output", ""),
            read_seeds(task)};
}

void check_size(const Json& record, const SelectTask& task, std::size_t pool) {
    if (pool == 0) {
        throw ConfigError("there are no candidates (the file is empty) nothing can be selected");
    }
    if (pool < task.size.superbatch && !flag(record, "allow_small_pool", false)) {
        throw ConfigError("the pool has " + std::to_string(pool) + " frames and a superbatch " +
                          std::to_string(task.size.superbatch) + " (" + std::to_string(task.size.batch) +
                          " of which would be chosen) use a smaller batch or a larger ratio");
    }
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
            " frames have features or scores that are not finite and were rejected (atoms on top of each "
            "other?)");
    }
    std::size_t filled = 0;
    for (const Pick& pick : selection.picks) {
        filled += pick.filled ? 1 : 0;
    }
    if (filled > 0) {
        log::warning(std::to_string(filled) + " of " + std::to_string(asked) +
                     (selection.reason == SelectionReason::residual_exhausted
                          ? " picks are fills (the features span the mean with fewer picks than asked for)"
                          : " picks are fills (no other frame has a score that speaks for it)"));
    }
    const bool is_short = selection.reason == SelectionReason::residual_exhausted ||
                          selection.reason == SelectionReason::scores_exhausted;
    if (is_short && selection.picks.size() < asked) {
        log::warning(std::to_string(selection.picks.size()) + " of " + std::to_string(asked) +
                     " frames were selected (no other frame has a score that speaks for it)");
    }
}

Json picks_record(const Selection& selection, const RowSource& source) {
    std::vector<std::uint64_t> ids;
    for (const Pick& pick : selection.picks) {
        ids.push_back(pick.id);
    }
    const std::vector<FrameSpread> spreads = source.spread(ids);
    Json picks = Json::array();
    for (std::size_t i = 0; i < selection.picks.size(); ++i) {
        const Pick& pick = selection.picks[i];
        Json record{{"id", pick.id},         {"order", i},
                    {"score", pick.score},   {"residual", pick.residual},
                    {"filled", pick.filled}, {"weight", pick.weight}};
        if (!spreads.empty()) {
            const auto atoms = static_cast<double>(spreads[i].forces.size());
            record["energy_spread_eV_per_atom"] = spreads[i].energy / atoms;
            record["force_spread_eV_per_A"] = nn::mean_force_spread(spreads[i]);
        }
        picks.push_back(std::move(record));
    }
    return picks;
}

struct Pool {
    RowSource& source;
    SelectInputs inputs;
    bool starts_from_labelled;  // whose rows the source computes
    SelectMap* map;             // null: none is wanted
};

// Whether the strategy starts from rows of "labelled". The posterior behind pseudo labels reads these frames
// for itself, and a map only shows them.
bool uses_labelled_rows(const Json& task, const Selector& selector) {
    if (!has(task, "labelled")) {
        return false;
    }
    const bool needs_rows = selector.uses_labelled() && selector.needs_features();
    if (needs_rows && has(task, "labelled_features")) {
        throw ConfigError(
            "labelled and labelled_features are both given (rows of labelled frames are computed or read) "
            "leave one out");
    }
    const bool is_for_others =
        flag(task, "map", false) || text(section(task, "pseudo_labels"), "kind", "") == "posterior";
    if (!needs_rows && !is_for_others) {
        throw ConfigError("labelled is given (strategy " + selector.name() +
                          " does not look at labelled frames, and no posterior is fitted to them) leave it "
                          "out");
    }
    return needs_rows;
}

Selection choose(const SelectTask& task, const Pool& pool, const std::vector<std::uint64_t>& ids,
                 std::size_t index) {
    SelectionRequest request;
    request.batch = selected_of_tail(ids.size(), task.size);
    request.seed = task.seed;
    request.cycle = task.cycle;
    request.ids = ids;
    const at::Tensor rows = pool.source.rows(ids, index);
    if (pool.map != nullptr) {
        pool.map->add(ids, rows);
    }
    pool.inputs.apply_to(request, rows.size(1));
    FrameScores computed = pool.source.scores(ids, index);
    if (!computed.scores.empty()) {
        request.scores = std::move(computed.scores);
        request.reference_scores = std::move(computed.reference_scores);
    }
    at::Tensor labelled;
    if (pool.starts_from_labelled) {
        labelled = pool.source.labelled_rows(index);
        request.labelled = &labelled;
    }
    return task.selector->select(rows, request);
}

Json select_superbatch(const SelectTask& task, const Pool& pool, const std::vector<std::uint64_t>& ids,
                       std::size_t index) {
    const Selection selection = choose(task, pool, ids, index);
    warn_about(selection, selected_of_tail(ids.size(), task.size));
    return Json{{"size", ids.size()},
                {"reason", to_string(selection.reason)},
                {"condition_number", selection.condition_number},
                {"rejected", selection.rejected},
                {"picks", picks_record(selection, pool.source)}};
}

// Ids of the picks of all superbatches, in order, for every seed.
Json picks_by_seed(SelectTask& task, const Pool& pool) {
    Json all = Json::array();
    for (task.seed = task.seeds->first; task.seed <= task.seeds->second; ++task.seed) {
        std::vector<std::uint64_t> picks;
        const auto superbatches = cut(task, pool.source.size());
        for (std::size_t index = 0; index < superbatches.size(); ++index) {
            for (const Pick& pick : choose(task, pool, superbatches[index], index).picks) {
                picks.push_back(pick.id);
            }
        }
        all.push_back(picks);
    }
    return all;
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
    SelectTask task = read_task(record);
    std::optional<SelectMap> map = SelectMap::wanted(record, task.selector->needs_features());
    const bool starts_from_labelled = uses_labelled_rows(record, *task.selector);
    const RowNeeds needs{task.selector->needs_features(),
                         starts_from_labelled || (map && map->has_labelled()),
                         score_options(record, *task.selector)};
    const std::unique_ptr<RowSource> source = make_row_source(record, needs);
    if (!task.output.empty() && source->frames() == nullptr) {
        throw ConfigError("output is given without data (stored features hold no structures) give data too");
    }
    check_size(record, task, source->size());
    const Pool pool{*source, read_select_inputs(record, *task.selector, source->size()), starts_from_labelled,
                    map ? &*map : nullptr};
    if (task.seeds) {
        return Json{{"strategy", task.selector->name()},
                    {"candidates", source->size()},
                    {"seeds", record.at("seeds")},
                    {"picks_by_seed", picks_by_seed(task, pool)}};
    }
    Json superbatches = Json::array();
    Json rejected = Json::array();
    for (const std::vector<std::uint64_t>& ids : cut(task, source->size())) {
        superbatches.push_back(select_superbatch(task, pool, ids, superbatches.size()));
        const Json& unusable = superbatches.back().at("rejected");
        rejected.insert(rejected.end(), unusable.begin(), unusable.end());
    }
    const Json picks = all_picks(superbatches);
    if (!task.output.empty()) {
        write_picks(task.output, *source->frames(), picks);
    }
    std::vector<std::uint64_t> ids;
    for (const Json& pick : picks) {
        ids.push_back(pick.at("id").get<std::uint64_t>());
    }
    return Json{{"strategy", task.selector->name()},
                {"candidates", source->size()},
                {"map", map ? map->record(ids, *source) : Json(nullptr)},
                {"superbatches", superbatches},
                {"picks", picks},
                {"rejected", rejected},
                {"pseudo_labels", source->pseudo_labels()}};
}

}  // namespace fibonaqi::worker
