#include "fibonaqi/campaign/campaign_status.hpp"

#include <cstdio>
#include <map>
#include <optional>

#include "fibonaqi/base/error.hpp"
#include "fibonaqi/campaign/arm.hpp"
#include "fibonaqi/campaign/campaign_folder.hpp"
#include "fibonaqi/campaign/control_comparison.hpp"
#include "fibonaqi/campaign/lock.hpp"
#include "fibonaqi/campaign/pretrained.hpp"
#include "fibonaqi/campaign/workplace.hpp"

namespace fibonaqi {
namespace {

// `key` of a stage's result; null before the stage is done.
Json value_of(const std::optional<Json>& stage, const std::string& key) {
    return stage && stage->contains(key) ? stage->at(key) : Json(nullptr);
}

// Where the stages of one cycle of a line are in the ledger: what walkers give and the test set are common.
class LineOfStages {
  public:
    LineOfStages(const Ledger& ledger, const CampaignLayout& layout, int cycle)
        : ledger_(ledger), layout_(layout), cycle_(cycle) {}

    std::optional<Json> result(const std::string& stage) const { return ledger_.stage(cycle_, key(stage)); }
    Json seconds(const std::string& stage) const {
        const auto seconds = ledger_.stage_seconds(cycle_, key(stage));
        return seconds ? Json(*seconds) : Json(nullptr);
    }

  private:
    std::string key(const std::string& stage) const {
        return cycle_ == 0 || stage == stage_names::explore ? stage : stage_key(layout_, stage);
    }

    const Ledger& ledger_;
    const CampaignLayout& layout_;
    int cycle_;
};

Json all_seconds(const LineOfStages& line) {
    return {{"md", line.seconds(stage_names::explore)},
            {"select", line.seconds(stage_names::select)},
            {"label", line.seconds(stage_names::label)},
            {"train", line.seconds(stage_names::train)},
            {"evaluate", line.seconds(stage_names::evaluate)}};
}

// Stages of one cycle that are done, by name.
using Stages = std::map<std::string, std::optional<Json>>;

Stages stages_of(const LineOfStages& line) {
    Stages stages;
    for (const char* name : {stage_names::explore, stage_names::select, stage_names::label,
                             stage_names::train, stage_names::evaluate}) {
        stages[name] = line.result(name);
    }
    return stages;
}

double cpu_seconds_of(const Stages& stages) {
    double sum = 0.0;
    for (const auto& [name, stage] : stages) {
        sum += stage ? stage->value("cpu_seconds", 0.0) : 0.0;
    }
    return sum;
}

Json row_of(int cycle, const Stages& stages) {
    const auto& evaluated = stages.at(stage_names::evaluate);
    // What was done for the test set is no part of the learning: it counts as no candidate and no label.
    const auto unless_test = [cycle](const std::optional<Json>& stage, const std::string& key) {
        return cycle == 0 ? Json(0) : value_of(stage, key);
    };
    return {{"cycle", cycle},
            {"candidates", unless_test(stages.at(stage_names::explore), "candidates")},
            {"selected", unless_test(stages.at(stage_names::select), "selected")},
            {"labelled", unless_test(stages.at(stage_names::label), "labelled")},
            {"failed", unless_test(stages.at(stage_names::label), "failed")},
            {"test_force_rmse_eV_per_A", value_of(evaluated, "force_rmse_eV_per_A")},
            {"test_energy_rmse_eV_per_atom", value_of(evaluated, "energy_rmse_eV_per_atom")},
            {"test_force_rmse_by_group_eV_per_A", value_of(evaluated, "groups")},
            {"pretrained_force_rmse_eV_per_A",
             pretrained_force_rmse(value_of(stages.at(stage_names::train), "forgetting"), "after")},
            {"promoted", cycle == 0 ? Json(true) : value_of(stages.at(stage_names::train), "promoted")}};
}

std::string cell(const Json& value, const char* format, double factor = 1.0) {
    if (!value.is_number()) {
        return "-";
    }
    char text[32];
    std::snprintf(text, sizeof text, format, factor * value.get<double>());
    return text;
}

// Cycle 0 holds nothing: what the starting model's error was stands in the finding of every training.
std::string pretrained_line(const Json& cycles) {
    std::string errors;
    for (const Json& row : cycles) {
        const Json error = row.value("pretrained_force_rmse_eV_per_A", Json(nullptr));
        if (error.is_number()) {
            errors +=
                (errors.empty() ? "" : ", ") + cell(error, "%.4f") + " in cycle " + row.at("cycle").dump();
        }
    }
    return errors.empty() ? "" : "force RMSE on the pretrained domain, eV/A: " + errors + "\n";
}

Json narrow_row(const Json& row) {
    Json narrow;
    for (const char* key :
         {"cycle", "candidates", "selected", "labelled", "failed", "test_force_rmse_eV_per_A",
          "test_energy_rmse_eV_per_atom", "pretrained_force_rmse_eV_per_A", "seconds"}) {
        narrow[key] = row.at(key);
    }
    narrow["seconds"].erase("evaluate");
    return narrow;
}

}  // namespace

Json cycle_rows(const Ledger& ledger, const CampaignLayout& layout, int cycles) {
    Json rows = Json::array();
    long labels = 0;
    double cpu_seconds = 0.0;
    for (int cycle = 0; cycle <= cycles; ++cycle) {
        const LineOfStages line(ledger, layout, cycle);
        const Stages stages = stages_of(line);
        if (!stages.at(stage_names::explore)) {
            return rows;
        }
        Json row = row_of(cycle, stages);
        labels += row.at("labelled").is_number() ? row.at("labelled").get<long>() : 0;
        cpu_seconds += cpu_seconds_of(stages);
        row["labels_total"] = labels;
        row["cpu_seconds_total"] = cpu_seconds;
        row["seconds"] = all_seconds(line);
        rows.push_back(std::move(row));
    }
    return rows;
}

std::optional<double> latest_force_error(const Json& status) {
    std::optional<double> error;
    for (const Json& cycle : status.at("cycles")) {
        const Json& value = cycle.at("test_force_rmse_eV_per_A");
        error = value.is_number() ? std::optional(value.get<double>()) : error;
    }
    return error;
}

std::string campaign_state(const Ledger& ledger, const CampaignLayout& layout) {
    // An engine that was killed could not say that it stopped.
    const std::string state = ledger.meta("state").value_or("running");
    return state == "running" && !lock_holder(layout.lock()) ? "stopped" : state;
}

Json campaign_status(const CampaignLayout& layout) {
    const CampaignRecord record = open_campaign(layout);
    Json status{{"state", "stopped"}, {"labels_total", 0}, {"cycles", Json::array()}, {"control", nullptr}};
    std::error_code ignored;
    if (!std::filesystem::exists(layout.ledger(), ignored)) {
        status["state"] = lock_holder(layout.lock()) ? "running" : "stopped";
        return status;
    }
    const Ledger ledger(layout.ledger(), Ledger::Access::read);
    status["state"] = campaign_state(ledger, layout);
    const CampaignOptions options = campaign_options(record.config);
    const Json rows = cycle_rows(ledger, layout, options.cycles);
    for (const Json& row : rows) {
        status["labels_total"] = row.at("labels_total");
        status["cycles"].push_back(narrow_row(row));
    }
    status["control"] = control_comparison(ledger, options, layout, rows);
    return status;
}

std::string result_table(const Json& status) {
    const Json& cycles = status.at("cycles");
    std::string table =
        "cycle  candidates  selected  labelled  failed  force RMSE  energy RMSE  MD, s  selection, s  DFT, s "
        " "
        "training, s\n"
        "                                                     eV/A     meV/atom\n";
    for (const Json& row : cycles) {
        const Json& seconds = row.at("seconds");
        char line[192];
        std::snprintf(line, sizeof line, "%5s  %10s  %8s  %8s  %6s  %10s  %11s  %5s  %12s  %6s  %11s\n",
                      cell(row.at("cycle"), "%.0f").c_str(), cell(row.at("candidates"), "%.0f").c_str(),
                      cell(row.at("selected"), "%.0f").c_str(), cell(row.at("labelled"), "%.0f").c_str(),
                      cell(row.at("failed"), "%.0f").c_str(),
                      cell(row.at("test_force_rmse_eV_per_A"), "%.4f").c_str(),
                      cell(row.at("test_energy_rmse_eV_per_atom"), "%.2f", 1.0e3).c_str(),
                      cell(seconds.at("md"), "%.0f").c_str(), cell(seconds.at("select"), "%.1f").c_str(),
                      cell(seconds.at("label"), "%.0f").c_str(), cell(seconds.at("train"), "%.0f").c_str());
        table += line;
    }
    return table +
           "errors are those on the held-out test set; cycle 0 is the starting model (its energies with the "
           "E0 "
           "shift\nfitted to the labels of cycle 1), its seconds are those of the test set\n" +
           pretrained_line(cycles) + control_table(status.at("control"));
}

std::string stop_reason(const CampaignLayout& layout) {
    std::error_code ignored;
    if (!std::filesystem::exists(layout.ledger(), ignored)) {
        return "";
    }
    return Ledger(layout.ledger(), Ledger::Access::read).meta("stop_reason").value_or("");
}

std::string activity(const CampaignLayout& layout) {
    const auto holder = lock_holder(layout.lock());
    if (!holder) {
        return "";
    }
    std::string text = "running in process " + std::to_string(holder->process.pid) + " on " + holder->host +
                       " since " + holder->since;
    try {
        const Json now = read_json(layout.progress());
        const int cycle = now.value("cycle", 0);
        text += ": " + (cycle == 0 ? "test set" : "cycle " + std::to_string(cycle)) + ", " +
                now.value("stage", "");
        if (now.value("total", 0) > 0) {
            text += " " + std::to_string(now.value("done", 0)) + "/" + std::to_string(now.value("total", 0)) +
                    " " + now.value("unit", "");
        }
    } catch (const Error&) {
        return text;  // between two stages there is no such file
    }
    return text;
}

}  // namespace fibonaqi
