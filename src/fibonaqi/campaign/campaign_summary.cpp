#include "fibonaqi/campaign/campaign_summary.hpp"

#include <set>

#include "fibonaqi/base/error.hpp"
#include "fibonaqi/base/file_system.hpp"
#include "fibonaqi/campaign/arm.hpp"
#include "fibonaqi/campaign/campaign_folder.hpp"
#include "fibonaqi/campaign/campaign_status.hpp"
#include "fibonaqi/campaign/control_comparison.hpp"
#include "fibonaqi/campaign/frame_name.hpp"
#include "fibonaqi/campaign/labels_limit.hpp"
#include "fibonaqi/campaign/pool_map.hpp"
#include "fibonaqi/campaign/pretrained.hpp"
#include "fibonaqi/campaign/report.hpp"
#include "fibonaqi/campaign/test_errors.hpp"
#include "fibonaqi/campaign/workplace.hpp"
#include "fibonaqi/data/dataset.hpp"

#ifndef FIBONAQI_VERSION
#error "the build sets FIBONAQI_VERSION"
#endif

namespace fibonaqi {
namespace {

// What the parts of a summary are made of.
struct Source {
    const CampaignLayout& layout;
    const Ledger& ledger;
    CampaignOptions options;
};

const char* status_of(const StoredLabel& label) {
    return label.label ? "labelled" : label.failure ? "failed" : "waiting";
}

std::set<std::string> validation_keys(const Source& source) {
    LedgerFilter filter;
    filter.purpose = "train";
    const DataSplit split = split_frames(labelled_frames(source.ledger, filter),
                                         source.options.validation_share, source.options.seed);
    std::set<std::string> keys;
    for (const Frame& frame : split.validation) {
        keys.insert(std::get<std::string>(frame.info.at("label_key")));
    }
    return keys;
}

// Why a frame was a candidate, as noted when it was selected.
Json reason_of(const Source& source, const LabelOrigin& origin) {
    const bool is_control = is_of_control(origin.purpose);
    const auto selected = source.ledger.stage(
        origin.cycle,
        stage_key(is_control ? source.layout.of_arm(origin.purpose) : source.layout, stage_names::select));
    const Json picks = selected ? selected->value("picks", Json::array()) : Json::array();
    for (const Json& pick : picks) {
        if (pick.value("order", -1) == origin.order) {
            return pick.value("reason", "");
        }
    }
    return nullptr;
}

void add_labels(const Source& source, Json& summary) {
    summary["labels"] = Json::array();
    summary["failures"] = Json::array();
    const std::set<std::string> validation = validation_keys(source);
    for (const LedgerEntry& entry : source.ledger.entries({})) {
        const LabelOrigin origin = entry.origin.value_or(LabelOrigin{});
        summary["labels"].push_back(
            {{"id", frame_id(origin)},
             {"key", entry.stored.key},
             {"purpose", origin.purpose == "train" && validation.contains(entry.stored.key) ? "validation"
                                                                                            : origin.purpose},
             {"cycle", origin.cycle},
             {"walker", origin.walker},
             {"temperature_K", origin.temperature_K},
             {"step", origin.step},
             {"reason", reason_of(source, origin)},
             {"order", origin.order},
             {"score", origin.score ? Json(*origin.score) : Json(nullptr)},
             {"status", status_of(entry.stored)},
             {"seconds", entry.stored.cost.wall_seconds}});
        if (entry.stored.failure) {
            summary["failures"].push_back({{"cycle", origin.cycle},
                                           {"id", frame_id(origin)},
                                           {"kind", to_string(entry.stored.failure->kind)},
                                           {"evidence", entry.stored.failure->evidence},
                                           {"directory", entry.stored.directory.string()}});
        }
    }
}

void add_cycles(const Source& source, Json& summary) {
    for (const char* part : {"cycles", "walker_events", "maps", "training", "lineage"}) {
        summary[part] = Json::array();
    }
    summary["labels_total"] = 0;
    summary["cycles"] = cycle_rows(source.ledger, source.layout, source.options.cycles);
    summary["control"] =
        control_comparison(source.ledger, source.options, source.layout, summary.at("cycles"));
    for (const Json& row : summary.at("cycles")) {
        const int cycle = row.at("cycle").get<int>();
        summary["labels_total"] = row.at("labels_total");
        const Json explored = source.ledger.stage(cycle, stage_names::explore).value();
        for (Json event : explored.value("events", Json::array())) {
            event["cycle"] = cycle;
            summary["walker_events"].push_back(std::move(event));
        }
        if (Json map = pool_map(source.layout, cycle); map.is_object()) {
            summary["maps"].push_back(std::move(map));
        }
        if (const auto trained = source.ledger.stage(cycle, stage_names::train)) {
            summary["training"].push_back({{"cycle", cycle},
                                           {"best_epoch", trained->at("best_epoch")},
                                           {"curve", trained->at("curve")}});
            summary["lineage"].push_back({{"cycle", cycle},
                                          {"model", trained->at("model")},
                                          {"sha256", trained->at("sha256")},
                                          {"parent_sha256", trained->at("parent_sha256")},
                                          {"promoted", trained->at("promoted")},
                                          {"validation_force_rmse_eV_per_A",
                                           trained->at("validation_force_rmse_eV_per_A").at("after")}});
        }
    }
}

Json parity_of(const Source& source, int cycle) {
    const auto evaluated = source.ledger.stage(cycle, stage_names::evaluate);
    if (!evaluated) {
        return nullptr;
    }
    try {
        return parity_record(
            compare_test_set(source.layout.test_data().string(), source.layout.predictions(cycle).string(),
                             evaluated->at("e0_shift_eV")),
            evaluated->at("model").get<std::string>());
    } catch (const Error&) {
        return nullptr;  // somebody tidied up: the report goes without this plot
    }
}

void add_parity(const Source& source, Json& summary) {
    Json last;
    for (int cycle = source.options.cycles; cycle > 0 && last.is_null(); --cycle) {
        last = parity_of(source, cycle);
    }
    summary["parity"] = Json{{"before", parity_of(source, 0)}, {"after", last}};
}

// Why a model was not promoted.
std::string reason_of(const Source& source, int cycle) {
    const auto trained = source.ledger.stage(cycle, stage_names::train);
    const Json checks = trained ? trained->value("physics", Json()) : Json();
    for (const Json& check : checks) {
        if (!check.at("passed").get<bool>()) {
            return "its physics failed a check (" + check.at("check").get<std::string>() + ": " +
                   check.at("finding").get<std::string>() + ")";
        }
    }
    const Json forgetting = trained ? trained->value("forgetting", Json()) : Json();
    if (source.options.pretrained.has_gate && is_alarming(forgetting)) {
        return "it forgets what the starting model was good at";
    }
    return "it got worse on the labels kept back to judge it";
}

void add_notes(const Source& source, Json& summary) {
    Json notes = Json::array();
    notes.push_back(
        "The test set (" + std::to_string(source.options.test_set.frames) +
        " frames from MD of the starting model) was labelled first and took part in no decision.");
    notes.push_back(
        "Energies of the starting model (cycle 0) are shown with the E0 shift that was fitted to the labels "
        "of "
        "cycle 1; forces do not depend on it.");
    for (const Json& cycle : summary.at("cycles")) {
        if (cycle.at("promoted") == false) {
            notes.push_back("The model trained in cycle " + cycle.at("cycle").dump() +
                            " was not promoted: " + reason_of(source, cycle.at("cycle").get<int>()) + ".");
        }
        const auto trained = source.ledger.stage(cycle.at("cycle").get<int>(), stage_names::train);
        const Json forgetting = trained ? trained->value("forgetting", Json()) : Json();
        if (forgetting.is_object()) {
            notes.push_back("Pretrained domain, model of cycle " + cycle.at("cycle").dump() + ": " +
                            forgetting.at("finding").get<std::string>() +
                            (is_alarming(forgetting) ? "; it forgets." : "."));
        }
    }
    summary["notes"] = std::move(notes);
}

}  // namespace

Json campaign_summary(const CampaignLayout& layout) {
    const CampaignRecord record = open_campaign(layout);
    const Ledger ledger(layout.ledger(), Ledger::Access::read);
    const Source source{layout, ledger, campaign_options(record.config)};
    Json summary = make_record("campaign-summary", 1);
    summary["name"] = source.options.name;
    summary["state"] = campaign_state(ledger, layout);
    summary["stop_reason"] = ledger.meta("stop_reason").value_or("");
    summary["fibonaqi_version"] = FIBONAQI_VERSION;
    summary["started_at"] = record.created_at;
    summary["wall_seconds"] = std::atof(ledger.meta("wall_seconds").value_or("0").c_str());
    const auto noise = ledger.meta(label_noise_meta);
    summary["label_noise_eV_per_A"] = noise ? Json(std::atof(noise->c_str())) : Json(nullptr);
    add_cycles(source, summary);
    add_parity(source, summary);
    add_labels(source, summary);
    summary["settings"] = record.config;
    add_notes(source, summary);
    return summary;
}

void write_report(const CampaignLayout& layout) {
    const Json summary = campaign_summary(layout);
    write_json(layout.summary(), summary);
    write_file_atomically(layout.report(), render_report(summary));
}

}  // namespace fibonaqi
