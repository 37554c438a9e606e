#include "fibonaqi/campaign/control_comparison.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <vector>

#include "fibonaqi/base/number_text.hpp"
#include "fibonaqi/base/sample_statistics.hpp"
#include "fibonaqi/campaign/arm.hpp"
#include "fibonaqi/campaign/campaign_status.hpp"

namespace fibonaqi {
namespace {

constexpr std::size_t fewest_for_a_spread = 2;

// Of the controls that have measured this cycle; null when not all of them have.
Json spread_of_cycle(const Json& arms, std::size_t cycle, const std::string& key) {
    std::vector<double> values;
    for (const Json& arm : arms) {
        const Json& rows = arm.at("cycles");
        if (cycle >= rows.size() || !rows[cycle].at(key).is_number()) {
            return nullptr;
        }
        values.push_back(rows[cycle].at(key).get<double>());
    }
    return to_json(spread_of(values));
}

Json arm_record(const Ledger& ledger, const Arm& arm, int cycles) {
    Json rows = Json::array();
    for (Json row : cycle_rows(ledger, arm.layout, cycles)) {
        for (const char* key : {"candidates", "pretrained_force_rmse_eV_per_A", "cpu_seconds_total"}) {
            row.erase(key);
        }
        rows.push_back(std::move(row));
    }
    return {{"name", arm.layout.arm()}, {"seed", arm.options.seed}, {"cycles", std::move(rows)}};
}

const Json* last_compared(const Json& comparison) {
    const Json* last = nullptr;
    for (const Json& row : comparison.at("cycles")) {
        const bool is_compared = row.at("own_force_rmse_eV_per_A").is_number() &&
                                 row.at("control_force_rmse_eV_per_A").is_object();
        last = is_compared && row.at("cycle") != 0 ? &row : last;
    }
    return last;
}

// Where the campaign stands among its controls.
std::string standing(double own, const Json& control, std::size_t seeds) {
    const double mean = control.at("mean").get<double>();
    const double percent = mean > 0.0 ? 100.0 * std::abs(own / mean - 1.0) : 0.0;
    const std::string by = number_text(Json(percent), "%.0f %%");
    if (seeds < fewest_for_a_spread) {
        return std::string(own < mean ? "the campaign's error is " + by + " lower"
                                      : "the campaign's error is " + by + " higher") +
               ", but one control has no spread, so this may be chance";
    }
    if (own < control.at("lowest").get<double>()) {
        return "the campaign's error is " + by + " below their mean and lower than each of them";
    }
    if (own > control.at("highest").get<double>()) {
        return "the control wins: the campaign's error is " + by +
               " above their mean and higher than each of them";
    }
    return "no difference beyond the spread of the controls";
}

}  // namespace

Json control_comparison(const Ledger& ledger, const CampaignOptions& options, const CampaignLayout& layout,
                        const Json& own) {
    if (options.control.seeds == 0) {
        return nullptr;
    }
    Json comparison{{"strategy", options.control.strategy},
                    {"seeds", options.control.seeds},
                    {"own_strategy", options.select.strategy()},
                    {"shared_labels", ledger.labels_of_several_purposes()},
                    {"cycles", Json::array()},
                    {"arms", Json::array()}};
    for (const Arm& arm : control_arms(options, layout)) {
        comparison["arms"].push_back(arm_record(ledger, arm, options.cycles));
    }
    for (std::size_t cycle = 0; cycle < own.size(); ++cycle) {
        Json row{{"cycle", own[cycle].at("cycle")},
                 {"own_labels_total", own[cycle].at("labels_total")},
                 {"control_labels_total", spread_of_cycle(comparison["arms"], cycle, "labels_total")}};
        for (const std::string key : {"force_rmse_eV_per_A", "energy_rmse_eV_per_atom"}) {
            row["own_" + key] = own[cycle].at("test_" + key);
            row["control_" + key] = spread_of_cycle(comparison["arms"], cycle, "test_" + key);
        }
        comparison["cycles"].push_back(std::move(row));
    }
    comparison["verdict"] = control_verdict(comparison);
    return comparison;
}

std::string control_verdict(const Json& comparison) {
    const Json* row = comparison.is_object() ? last_compared(comparison) : nullptr;
    if (row == nullptr) {
        return "";
    }
    const Json& control = row->at("control_force_rmse_eV_per_A");
    const auto seeds = comparison.at("seeds").get<std::size_t>();
    const double own = row->at("own_force_rmse_eV_per_A").get<double>();
    const std::string range = seeds < fewest_for_a_spread
                                  ? " (one seed)"
                                  : " (" + number_text(control.at("lowest"), "%.4f") + " to " +
                                        number_text(control.at("highest"), "%.4f") + " over " +
                                        std::to_string(seeds) + " seeds)";
    return "After cycle " + row->at("cycle").dump() +
           ", with as many labels each, the force error on the test set is " +
           number_text(Json(own), "%.4f") + " eV/A with " + comparison.at("own_strategy").get<std::string>() +
           " and " + number_text(control.at("mean"), "%.4f") + range + " with the control, " +
           comparison.at("strategy").get<std::string>() + ": " + standing(own, control, seeds) + ".";
}

std::string control_table(const Json& comparison) {
    if (!comparison.is_object()) {
        return "";
    }
    std::string table =
        "\ncontrol: " + comparison.at("strategy").get<std::string>() + ", " + comparison.at("seeds").dump() +
        (comparison.at("seeds") == 1 ? " seed" : " seeds, mean (lowest to highest)") +
        ", the same candidates, as many labels\n"
        "cycle  labels  force RMSE  control, eV/A                energy RMSE  control, meV/atom\n";
    for (const Json& row : comparison.at("cycles")) {
        const auto spread = [&](const std::string& key, const char* format, double factor) -> std::string {
            const Json& value = row.at("control_" + key);
            if (!value.is_object()) {
                return "-";
            }
            const std::string mean = number_text(value.at("mean"), format, factor);
            return comparison.at("seeds") == 1
                       ? mean
                       : mean + " (" + number_text(value.at("lowest"), format, factor) + " to " +
                             number_text(value.at("highest"), format, factor) + ")";
        };
        char line[192];
        std::snprintf(line, sizeof line, "%5s  %6s  %10s  %-27s  %11s  %s\n",
                      number_text(row.at("cycle"), "%.0f").c_str(),
                      number_text(row.at("own_labels_total"), "%.0f").c_str(),
                      number_text(row.at("own_force_rmse_eV_per_A"), "%.4f").c_str(),
                      spread("force_rmse_eV_per_A", "%.4f", 1.0).c_str(),
                      number_text(row.at("own_energy_rmse_eV_per_atom"), "%.2f", 1.0e3).c_str(),
                      spread("energy_rmse_eV_per_atom", "%.2f", 1.0e3).c_str());
        table += line;
    }
    const std::string verdict = comparison.at("verdict").get<std::string>();
    return table + (verdict.empty() ? "" : verdict + "\n");
}

}  // namespace fibonaqi
