// A campaign summary with something in every part, small enough to check by hand.
#pragma once

#include <string>
#include <utility>

#include "fibonaqi/base/json.hpp"

namespace fibonaqi::test {

/// One cycle: force error [eV/angstrom], energy error [eV/atom], training labels so far.
inline Json sample_cycle(int cycle, double force_error, double energy_error, int labels) {
    return {
        {"cycle", cycle},
        {"candidates", cycle == 0 ? 0 : 400},
        {"selected", cycle == 0 ? 0 : 10},
        {"labelled", cycle == 0 ? 0 : 10},
        {"failed", 0},
        {"labels_total", labels},
        {"cpu_seconds_total", 100.0 + 200.0 * cycle},
        {"promoted", true},
        {"test_force_rmse_eV_per_A", force_error},
        {"test_energy_rmse_eV_per_atom", energy_error},
        {"test_force_rmse_by_group_eV_per_A", {{"300 K", force_error / 3}, {"2500 K", 1.5 * force_error}}},
        {"seconds", {{"md", 30.0}, {"select", 3.0}, {"label", 60.0}, {"train", 20.0}, {"evaluate", 1.0}}}};
}

inline Json sample_parity(const std::string& model, double error) {
    const Json reference = {-1.5, -0.5, 0.0, 0.5, 1.5};
    Json predicted = Json::array();
    for (const Json& value : reference) {
        predicted.push_back(value.get<double>() + error);
    }
    return {{"model", model},
            {"energy",
             {{"reference_eV_per_atom", {-108.1, -108.2}}, {"predicted_eV_per_atom", {-108.11, -108.18}}}},
            {"forces", {{"reference_eV_per_A", reference}, {"predicted_eV_per_A", predicted}}}};
}

inline Json sample_labels() {
    const Json first = {
        {"id", "c1-w0-100"},   {"cycle", 1}, {"walker", "w0"}, {"temperature_K", 300.0}, {"step", 100},
        {"reason", "harvest"}, {"order", 1}, {"score", 0.7},   {"status", "labelled"},   {"seconds", 6.2}};
    Json second = first;
    second.update({{"id", "c2-w1-40"},
                   {"cycle", 2},
                   {"walker", "w1"},
                   {"temperature_K", 2500.0},
                   {"reason", "before_max_force"},
                   {"status", "failed"}});
    return Json::array({first, second});
}

// Two controls over two cycles; the second cycle of one of them is still to come.
inline Json sample_control() {
    const auto spread = [](double mean, double lowest, double highest) {
        return Json{{"mean", mean}, {"standard_deviation", 0.01}, {"lowest", lowest}, {"highest", highest}};
    };
    return {{"strategy", "uniform"},
            {"seeds", 2},
            {"own_strategy", "divbs"},
            {"shared_labels", 3},
            {"cycles",
             {{{"cycle", 0},
               {"own_labels_total", 0},
               {"control_labels_total", spread(0.0, 0.0, 0.0)},
               {"own_force_rmse_eV_per_A", 0.25},
               {"control_force_rmse_eV_per_A", spread(0.25, 0.25, 0.25)},
               {"own_energy_rmse_eV_per_atom", 0.02},
               {"control_energy_rmse_eV_per_atom", spread(0.02, 0.02, 0.02)}},
              {{"cycle", 1},
               {"own_labels_total", 10},
               {"control_labels_total", spread(10.0, 10.0, 10.0)},
               {"own_force_rmse_eV_per_A", 0.14},
               {"control_force_rmse_eV_per_A", spread(0.18, 0.15, 0.5)},
               {"own_energy_rmse_eV_per_atom", 0.01},
               {"control_energy_rmse_eV_per_atom", spread(0.015, 0.01, 0.02)}},
              {{"cycle", 2},
               {"own_labels_total", 20},
               {"control_labels_total", nullptr},
               {"own_force_rmse_eV_per_A", 0.12},
               {"control_force_rmse_eV_per_A", nullptr},
               {"own_energy_rmse_eV_per_atom", 0.01},
               {"control_energy_rmse_eV_per_atom", nullptr}}}},
            {"arms",
             {{{"name", "control-1"},
               {"seed", 17},
               {"cycles", {{{"cycle", 1}, {"labels_total", 10}, {"failed", 0}, {"promoted", true}}}}}}},
            {"verdict", "After cycle 1 the campaign is lower than each of them."}};
}

// In the second cycle one candidate of four is left out of the picture.
inline Json sample_maps() {
    return Json::array(
        {{{"cycle", 1},
          {"variance_shares", {0.75, 0.125}},
          {"of", 4},
          {"candidates",
           {{"x", {-4.0, 0.0, 0.0, 4.0}},
            {"y", {0.0, 1.0, -1.0, 0.0}},
            {"target_temperature_K", {300, 300, 2500, nullptr}}}},
          {"picks", {{"order", {0, 1}}, {"x", {4.0, 0.0}}, {"y", {0.0, 1.0}}}},
          {"labelled", {{"x", Json::array()}, {"y", Json::array()}}}},
         {{"cycle", 2},
          {"variance_shares", {0.9, 0.1}},
          {"of", 4},
          {"candidates",
           {{"x", {-4.0, 0.0, 4.0}}, {"y", {0.0, 1.0, -1.0}}, {"target_temperature_K", {300, 300, 2500}}}},
          {"picks", {{"order", {0}}, {"x", {4.0}}, {"y", {-1.0}}}},
          {"labelled", {{"x", {1.0, 2.0}}, {"y", {1.0, 2.0}}}}}});
}

/// Cycles 0 to 3 of a campaign that went well: force error 0.256 to 0.094 eV/angstrom with 30 labels in 366
/// s.
inline Json sample_summary() {
    Json summary = {{"format", "fibonaqi-campaign-summary"},
                    {"version", 1},
                    {"name", "silicon"},
                    {"state", "finished"},
                    {"stop_reason", "all 3 cycles are done"},
                    {"wall_seconds", 366.0},
                    {"started_at", "2026-01-31T12:00:00Z"},
                    {"fibonaqi_version", "0.1.0"},
                    {"labels_total", 30}};
    summary["cycles"] = {sample_cycle(0, 0.256, 0.021, 0), sample_cycle(1, 0.15, 0.006, 10),
                         sample_cycle(2, 0.11, 0.004, 20), sample_cycle(3, 0.094, 0.003, 30)};
    summary["parity"] = {{"before", sample_parity("first", 0.25)}, {"after", sample_parity("last", 0.05)}};
    summary["labels"] = sample_labels();
    summary["failures"] = Json::array({{{"cycle", 2},
                                        {"id", "c2-w1-40"},
                                        {"kind", "scf_not_converged"},
                                        {"evidence", "pw.out:412: convergence NOT achieved"},
                                        {"directory", "labels/3f29"}}});
    summary["walker_events"] = Json::array({{{"cycle", 1},
                                             {"walker", "w1"},
                                             {"target_temperature_K", 2500.0},
                                             {"temperature_K", 9000.0},
                                             {"step", 1240},
                                             {"kind", "max_force"},
                                             {"value", 31.2},
                                             {"limit", 30.0},
                                             {"shortest_distance_A", 1.62},
                                             {"message", "restarted from step 1180"}}});
    summary["training"] =
        Json::array({{{"cycle", 1},
                      {"best_epoch", 2},
                      {"curve",
                       {{{"epoch", 1}, {"train_loss", 3.0}, {"validation_force_rmse_eV_per_A", 0.2}},
                        {{"epoch", 2}, {"train_loss", 1.0}, {"validation_force_rmse_eV_per_A", 0.15}}}}}});
    summary["lineage"] = Json::array({{{"cycle", 1},
                                       {"model", "models/cycle-1.safetensors"},
                                       {"sha256", std::string(64, 'a')},
                                       {"parent_sha256", std::string(64, 'b')},
                                       {"promoted", true},
                                       {"validation_force_rmse_eV_per_A", 0.14}}});
    summary["maps"] = sample_maps();
    summary["control"] = sample_control();
    summary["settings"] = {
        {"md", {{"timestep_fs", 2.0}, {"walkers", {{{"temperature_K", 300}}, {{"temperature_K", 2500}}}}}}};
    summary["notes"] = {"for demonstration"};
    return summary;
}

}  // namespace fibonaqi::test
