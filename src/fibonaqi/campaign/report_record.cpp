// The record of the campaign: cycles, costs, models, settings.
#include <array>
#include <cmath>

#include "fibonaqi/campaign/report_charts.hpp"
#include "fibonaqi/campaign/report_fields.hpp"
#include "fibonaqi/campaign/report_html.hpp"
#include "fibonaqi/campaign/report_sections.hpp"

namespace fibonaqi::report {

namespace {

/// A stage as the summary and as a reader call it.
struct Stage {
    const char* key;
    const char* name;
};

constexpr std::array<Stage, 5> stages = {{
    {"md", "MD"},
    {"select", "selection"},
    {"label", "DFT"},
    {"train", "training"},
    {"evaluate", "evaluation"},
}};

constexpr std::size_t shown_hash_digits = 12;

std::vector<double> seconds_of(const Json& cycle) {
    std::vector<double> seconds;
    for (const Stage& stage : stages) {
        const double value = number(child(cycle, "seconds"), stage.key);
        seconds.push_back(std::isfinite(value) ? value : 0.0);
    }
    return seconds;
}

std::string shares(const std::vector<double>& totals) {
    double sum = 0.0;
    for (const double value : totals) {
        sum += value;
    }
    std::string words;
    for (std::size_t i = 0; i < stages.size() && sum > 0.0; ++i) {
        words += (i == 0 ? "" : ", ") + std::string(stages[i].name) + " " +
                 format_number(std::round(1000.0 * totals[i] / sum) / 10.0) + " %";
    }
    return "Of all the time: " + words + ".";
}

/// Adds one line per value, the names of objects joined by dots.
void flatten(const Json& value, const std::string& path, Table& table) {
    if (value.is_object() && !value.empty()) {
        for (auto entry = value.begin(); entry != value.end(); ++entry) {
            flatten(*entry, path.empty() ? entry.key() : path + "." + entry.key(), table);
        }
        return;
    }
    const bool holds_objects = value.is_array() && !value.empty() && value.front().is_structured();
    if (holds_objects) {
        for (std::size_t i = 0; i < value.size(); ++i) {
            flatten(value[i], path + "[" + std::to_string(i) + "]", table);
        }
        return;
    }
    const std::string words = value.is_string() ? value.get<std::string>()
                                                : value.dump(-1, ' ', false, Json::error_handler_t::replace);
    table.add_row({path, words});
}

std::string yes_or_no(const Json& object, const std::string& key) {
    const std::string word = text(object, key);
    return word == "true" ? "yes" : word == "false" ? "no" : "";
}

}  // namespace

std::string cycles_section(const Json& summary) {
    Table table({{"cycle", true},
                 {"candidates", true},
                 {"selected", true},
                 {"labelled", true},
                 {"failed", true},
                 {"labels so far", true},
                 {"force RMSE, eV/\xC3\x85", true},
                 {"energy RMSE, meV/atom", true},
                 {"promoted", false}});
    for (const Json& cycle : child(summary, "cycles")) {
        table.add_row({text(cycle, "cycle"), text(cycle, "candidates"), text(cycle, "selected"),
                       text(cycle, "labelled"), text(cycle, "failed"), text(cycle, "labels_total"),
                       format_number(number(cycle, "test_force_rmse_eV_per_A")),
                       format_number(1000.0 * number(cycle, "test_energy_rmse_eV_per_atom")),
                       yes_or_no(cycle, "promoted")});
    }
    return table.is_empty() ? "" : section("cycles", "Cycles", table.html());
}

std::string costs_section(const Json& summary) {
    StackedBars chart{"Seconds of each cycle", {}, {}, {}};
    std::vector<double> totals(stages.size(), 0.0);
    for (const Stage& stage : stages) {
        chart.parts.emplace_back(stage.name);
    }
    for (const Json& cycle : child(summary, "cycles")) {
        chart.rows.push_back("cycle " + text(cycle, "cycle"));
        chart.values.push_back(seconds_of(cycle));
        for (std::size_t i = 0; i < totals.size(); ++i) {
            totals[i] += chart.values.back()[i];
        }
    }
    double sum = 0.0;
    std::vector<Column> columns = {{"cycle", false}};
    for (std::size_t i = 0; i < stages.size(); ++i) {
        columns.push_back({stages[i].name, true});
        sum += totals[i];
    }
    if (!(sum > 0.0)) {
        return "";
    }
    Table table(columns);
    chart.rows.emplace_back("all");
    chart.values.push_back(totals);
    for (std::size_t row = 0; row < chart.rows.size(); ++row) {
        std::vector<std::string> cells = {chart.rows[row]};
        for (const double value : chart.values[row]) {
            cells.push_back(format_seconds(value));
        }
        table.add_row(cells);
    }
    chart.rows.pop_back();
    chart.values.pop_back();
    return section("costs", "Where the time went", paragraph(shares(totals)) + draw(chart) + table.html());
}

std::string lineage_section(const Json& summary) {
    Table table({{"cycle", true},
                 {"model", false},
                 {"SHA-256", false},
                 {"trained from", false},
                 {"validation force RMSE, eV/\xC3\x85", true},
                 {"promoted", false}});
    for (const Json& model : child(summary, "lineage")) {
        table.add_row(
            {text(model, "cycle"), text(model, "model"), text(model, "sha256").substr(0, shown_hash_digits),
             text(model, "parent_sha256").substr(0, shown_hash_digits),
             format_number(number(model, "validation_force_rmse_eV_per_A")), yes_or_no(model, "promoted")});
    }
    return table.is_empty() ? "" : section("lineage", "Models", table.html());
}

std::string settings_section(const Json& summary) {
    std::string content;
    for (const Json& note : child(summary, "notes")) {
        content += note.is_string() ? paragraph(note.get<std::string>()) : "";
    }
    Table table({{"key", false}, {"value", false}});
    flatten(child(summary, "settings"), "", table);
    if (!child(summary, "settings").empty()) {
        content += details("all settings", table.html());
    }
    return content.empty() ? "" : section("settings", "Notes and settings", content);
}

}  // namespace fibonaqi::report
