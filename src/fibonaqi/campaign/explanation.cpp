#include "fibonaqi/campaign/explanation.hpp"

#include <cmath>
#include <map>

#include "fibonaqi/atoms/extxyz.hpp"
#include "fibonaqi/atoms/species.hpp"
#include "fibonaqi/base/error.hpp"
#include "fibonaqi/campaign/campaign_folder.hpp"
#include "fibonaqi/campaign/frame_name.hpp"
#include "fibonaqi/campaign/frame_origin.hpp"
#include "fibonaqi/campaign/selection_task.hpp"
#include "fibonaqi/campaign/test_errors.hpp"
#include "fibonaqi/campaign/workplace.hpp"
#include "fibonaqi/data/dataset.hpp"
#include "fibonaqi/model/error_statistics.hpp"
#include "fibonaqi/select/candidate_choice.hpp"

namespace fibonaqi {
namespace {

namespace fs = std::filesystem;

// What the parts of an explanation are made of.
struct Source {
    const CampaignLayout& layout;
    const Ledger& ledger;
    const CampaignOptions& options;
    const ChosenFrame& chosen;
};

bool is_there(const fs::path& file) {
    std::error_code ignored;
    return fs::exists(file, ignored);
}

void note_missing(Json& record, const std::string& what, const fs::path& file) {
    record["missing"].push_back(what + ": '" + file.string() + "' is no longer there");
}

std::vector<Frame> frames_of(const fs::path& file) {
    return is_there(file) ? read_extxyz(file).frames : std::vector<Frame>{};
}

const Frame* pick_with(const std::vector<Frame>& picks, int order) {
    for (const Frame& frame : picks) {
        if (number_of(frame, "selection_order") == order) {
            return &frame;
        }
    }
    return nullptr;
}

Json candidate_record(const ChosenFrame& chosen, const Frame* frame) {
    const auto temperature = frame == nullptr ? std::nullopt : number_of(*frame, "temperature_K");
    return {{"walker", chosen.pick.at("walker")},
            {"target_temperature_K", chosen.pick.at("temperature_K")},
            {"temperature_K", temperature ? Json(*temperature) : Json(nullptr)},
            {"step", chosen.pick.at("step")},
            {"reason", chosen.pick.value("reason", "")}};
}

// What the worker's result says about the pick; nulls where the file is gone.
void add_result(const Json& result, int order, Json& selection) {
    double before = 1.0;
    std::size_t superbatch = 0;
    for (const Json& pick : result.at("picks")) {
        before = pick.at("superbatch") == superbatch ? before : 1.0;
        superbatch = pick.at("superbatch").get<std::size_t>();
        if (pick.at("order") == order) {
            const Json& whole = result.at("superbatches").at(superbatch);
            selection["residual_before"] = before;
            selection["residual_after"] = pick.at("residual");
            selection["filled"] = pick.at("filled");
            selection["superbatch"] = superbatch;
            selection["superbatch_size"] = whole.at("size");
            selection["stopped_because"] = whole.at("reason");
            for (const char* spread : {"energy_spread_eV_per_atom", "force_spread_eV_per_A"}) {
                selection[spread] = pick.value(spread, Json(nullptr));
            }
            return;
        }
        before = pick.at("residual").get<double>();
    }
}

void add_selection(const Source& source, Json& record) {
    const SelectOptions& select = source.options.select;
    const bool has_features = compares_features(select.choice);
    Json selection{{"strategy", select.strategy()},
                   {"options", select.choice.at("options")},
                   {"features", has_features ? select.choice.at("features") : Json(nullptr)},
                   {"batch", select.batch},
                   {"ratio", select.ratio},
                   {"seed", source.options.seed},
                   {"cycle", source.chosen.cycle},
                   {"score", source.chosen.pick.at("score")}};
    for (const char* key : {"residual_before", "residual_after", "filled", "superbatch", "superbatch_size",
                            "stopped_because", "energy_spread_eV_per_atom", "force_spread_eV_per_A"}) {
        selection[key] = nullptr;
    }
    const fs::path file = task_files(source.layout.select(source.chosen.cycle)).result;
    if (!is_there(file)) {
        note_missing(record, "residuals, and whether the frame was a fill", file);
    } else if (const Json result = read_json(file); result.contains("superbatches")) {
        add_result(result, source.chosen.origin().order, selection);
    }
    record["selection"] = std::move(selection);
}

std::optional<LedgerEntry> entry_of(const Source& source) {
    LedgerFilter filter;
    filter.purpose = "train";
    filter.cycle = source.chosen.cycle;
    for (LedgerEntry& entry : source.ledger.entries(filter)) {
        if (entry.origin->order == source.chosen.origin().order) {
            return std::move(entry);
        }
    }
    return std::nullopt;
}

// Errors of the model that made the frame, whose prediction the frame carries. The starting model's energies
// have another constant than the labels until the first training has fitted it.
void add_errors(const Source& source, const Frame& pick, const Frame& labelled, Json& record) {
    Json& label = record["label"];
    if (!pick.labels.energy || pick.labels.forces.size() != labelled.structure.size()) {
        record["missing"].push_back("errors of the model before: the frame carries no prediction of it");
        return;
    }
    const fs::path model = current_model(source.ledger, source.layout, source.chosen.cycle);
    const auto trained = source.ledger.stage(1, stage_names::train);
    const bool needs_shift = model == source.layout.start_model();
    Prediction prediction;
    prediction.forces = pick.labels.forces;
    prediction.energy = *pick.labels.energy;
    if (needs_shift && trained) {
        prediction.energy += e0_shift_of(labelled.structure, trained->value("e0_shift_eV", Json::object()));
    }
    label["force_rmse_of_model_eV_per_A"] = compare({&labelled, 1}, {&prediction, 1}).forces->rmse;
    if (needs_shift && !trained) {
        record["missing"].push_back(
            "energy error of the model before: known when the first training has fitted E0");
        return;
    }
    label["energy_error_of_model_eV_per_atom"] =
        (prediction.energy - *labelled.labels.energy) / static_cast<double>(labelled.structure.size());
}

void add_forces(const Frame& labelled, Json& label) {
    double largest = -1.0;
    for (std::size_t atom = 0; atom < labelled.labels.forces.size(); ++atom) {
        const Vec3& force = labelled.labels.forces[atom];
        const double length = std::hypot(force[0], force[1], force[2]);
        if (length > largest) {
            largest = length;
            label["max_force_eV_per_A"] = length;
            label["max_force_atom"] = atom;
        }
    }
}

void add_label(const Source& source, const Frame* pick, Json& record) {
    Json& label = record["label"];
    label = Json{{"status", "waiting"}, {"key", nullptr}, {"failure", nullptr}};
    for (const char* key : {"energy_eV", "energy_eV_per_atom", "max_force_eV_per_A", "max_force_atom",
                            "force_rmse_of_model_eV_per_A", "energy_error_of_model_eV_per_atom", "seconds"}) {
        label[key] = nullptr;
    }
    const auto entry = entry_of(source);
    if (!entry) {
        return;
    }
    label["key"] = entry->stored.key;
    label["seconds"] = entry->stored.cost.wall_seconds;
    if (entry->stored.failure) {
        label["status"] = "failed";
        label["failure"] = to_string(entry->stored.failure->kind) + ": " + entry->stored.failure->evidence;
    }
    if (!entry->stored.label) {
        return;
    }
    const Frame labelled = to_frame(*entry);
    label["status"] = "labelled";
    label["energy_eV"] = *labelled.labels.energy;
    label["energy_eV_per_atom"] = *labelled.labels.energy / static_cast<double>(labelled.structure.size());
    add_forces(labelled, label);
    if (pick != nullptr) {
        add_errors(source, *pick, labelled, record);
    }
}

std::vector<std::uint64_t> ids_of(const std::vector<Frame>& picks) {
    std::vector<std::uint64_t> ids;
    for (const Frame& frame : picks) {
        ids.push_back(static_cast<std::uint64_t>(number_of(frame, "selection_id").value_or(0.0)));
    }
    return ids;
}

// Empty, with the reason in "missing", where one of the files that the rows were computed from is gone.
std::optional<Json> features_task(const Source& source, const std::vector<Frame>& picks, Json& record) {
    const int cycle = source.chosen.cycle;
    if (!compares_features(source.options.select.choice)) {
        record["missing"].push_back(
            "features: strategy uniform draws without looking at any, each candidate with the same chance");
        return std::nullopt;
    }
    Json task = selection_task(source.options, source.layout, source.ledger, cycle);
    std::vector<fs::path> needed{task.at("model").get<std::string>(), task.at("data").get<std::string>(),
                                 source.layout.picks(cycle)};
    if (task.contains("labelled")) {
        needed.emplace_back(task["labelled"].get<std::string>());
    }
    bool is_complete = true;
    for (const fs::path& file : needed) {
        if (!is_there(file)) {
            note_missing(record, "features", file);
            is_complete = false;
        }
    }
    const Frame* pick = pick_with(picks, source.chosen.origin().order);
    if (!is_complete || pick == nullptr) {
        return std::nullopt;
    }
    for (const char* key : {"superbatches", "allow_small_pool", "strategy", "options"}) {
        task.erase(key);
    }
    task["task"] = "explain";
    task["frame"] = ids_of({*pick})[0];
    task["picks"] = ids_of(picks);
    return task;
}

// "c1-w3-160" of a frame that says where it comes from.
std::string name_of(const Frame& frame, int cycle) {
    LabelOrigin origin = origin_of(frame, cycle);
    origin.cycle = static_cast<int>(number_of(frame, "cycle").value_or(cycle));
    return frame_id(origin);
}

// {"atom", "element", "share"} of every atom, and the sums over the atoms of each element. Empty where the
// features are no sum over atoms.
void add_atoms(const Json& shares, const Structure& structure, Json& features) {
    std::map<int, std::pair<std::size_t, double>> by_element;
    features["atoms"] = Json::array();
    for (std::size_t atom = 0; atom < shares.size(); ++atom) {
        const double share = shares.at(atom).get<double>();
        const int element = structure.atomic_numbers[atom];
        features["atoms"].push_back({{"atom", atom}, {"element", symbol(element)}, {"share", share}});
        by_element[element].first += 1;
        by_element[element].second += share;
    }
    features["elements"] = Json::array();
    for (const auto& [element, sum] : by_element) {
        features["elements"].push_back(
            {{"element", symbol(element)}, {"atoms", sum.first}, {"share", sum.second}});
    }
}

}  // namespace

Explanation explain_frame(const CampaignLayout& layout, const std::string& name) {
    const CampaignRecord record = open_campaign(layout);
    if (!is_there(layout.ledger())) {
        throw ConfigError("the campaign in '" + layout.root().string() +
                          "' has selected nothing yet (it has no ledger) start it with 'fibonaqi resume'");
    }
    const Ledger ledger(layout.ledger(), Ledger::Access::read);
    const CampaignOptions options = campaign_options(record.config);
    const ChosenFrame chosen = find_frame(ledger, name);
    const Source source{layout, ledger, options, chosen};
    const std::vector<Frame> picks = frames_of(layout.picks(chosen.cycle));
    const Frame* pick = pick_with(picks, chosen.origin().order);

    Explanation explanation;
    explanation.record = make_record("explanation", 1);
    explanation.record["campaign"] = options.name;
    explanation.record["frame"] = frame_id(chosen.origin());
    explanation.record["cycle"] = chosen.cycle;
    explanation.record["order"] = chosen.pick.at("order");
    explanation.record["picks"] = chosen.picks;
    explanation.record["candidate"] = candidate_record(chosen, pick);
    explanation.record["missing"] = Json::array();
    if (pick == nullptr) {
        note_missing(explanation.record, "the structure and the model's prediction for it",
                     layout.picks(chosen.cycle));
    }
    add_selection(source, explanation.record);
    add_label(source, pick, explanation.record);
    explanation.record["features"] = nullptr;
    explanation.task = features_task(source, picks, explanation.record);
    return explanation;
}

void add_features(Explanation& explanation, const Json& answer, const CampaignLayout& layout) {
    const int cycle = explanation.record.at("cycle").get<int>();
    const std::vector<Frame> picks = frames_of(layout.picks(cycle));
    Json& features = explanation.record["features"];
    features = Json{{"row_norm", answer.at("row_norm")},
                    {"mean_row_norm", answer.at("mean_row_norm")},
                    {"mean_overlap", answer.at("mean_overlap")},
                    {"picks", Json::array()},
                    {"nearest_labelled", answer.at("nearest_labelled")}};
    const std::vector<std::uint64_t> ids = ids_of(picks);
    for (std::size_t i = 0; i < picks.size(); ++i) {
        for (const Json& other : answer.at("picks")) {
            if (other.at("id") == ids[i]) {
                features["picks"].push_back({{"order", origin_of(picks[i], cycle).order},
                                             {"frame", name_of(picks[i], cycle)},
                                             {"overlap", other.at("overlap")}});
            }
        }
    }
    if (Json& nearest = features["nearest_labelled"]; nearest.is_object()) {
        const std::vector<Frame> labelled = frames_of(layout.labelled_before(cycle));
        nearest["frame"] = name_of(labelled.at(nearest.at("frame").get<std::size_t>()), cycle);
    }
    const Frame* pick = pick_with(picks, explanation.record.at("order").get<int>());
    add_atoms(answer.at("atom_shares"), pick->structure, features);
}

}  // namespace fibonaqi
