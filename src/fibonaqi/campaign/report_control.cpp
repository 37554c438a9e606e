// The campaign against its controls: what the choice of frames was worth, whoever wins.
#include <cmath>

#include "fibonaqi/campaign/report_charts.hpp"
#include "fibonaqi/campaign/report_fields.hpp"
#include "fibonaqi/campaign/report_html.hpp"
#include "fibonaqi/campaign/report_sections.hpp"

namespace fibonaqi::report {

namespace {

/// One quantity of the comparison.
struct Quantity {
    std::string key;    ///< after "own_" and "control_"
    std::string title;  ///< of the chart
    std::string axis;
    double factor;
};

/// Cycles with a training: before it all lines are the same, and its error would flatten the rest.
Json compared_cycles(const Json& control) {
    Json rows = Json::array();
    for (const Json& row : child(control, "cycles")) {
        if (count(row, "cycle") > 0) {
            rows.push_back(row);
        }
    }
    return rows;
}

Series own_series(const Json& control, const Quantity& quantity) {
    Series series{text(control, "own_strategy") + " (this campaign)", {}, {}};
    for (const Json& row : compared_cycles(control)) {
        series.x.push_back(number(row, "own_labels_total"));
        series.y.push_back(quantity.factor * number(row, "own_" + quantity.key));
    }
    return series;
}

Series control_series(const Json& control, const Quantity& quantity) {
    const long long seeds = count(control, "seeds");
    Series series{text(control, "strategy") +
                      (seeds > 1 ? ", mean and range of " + format_count(seeds) + " seeds" : ", one seed"),
                  {},
                  {}};
    for (const Json& row : compared_cycles(control)) {
        const Json& value = child(row, "control_" + quantity.key);
        series.x.push_back(number(child(row, "control_labels_total"), "mean"));
        series.y.push_back(quantity.factor * number(value, "mean"));
        series.lower.push_back(quantity.factor * number(value, "lowest"));
        series.upper.push_back(quantity.factor * number(value, "highest"));
    }
    return series;
}

std::string chart_of(const Json& control, const Quantity& quantity) {
    LineChart chart{quantity.title,
                    "labels",
                    quantity.axis,
                    {own_series(control, quantity), control_series(control, quantity)}};
    return draw(chart);
}

std::string table_of(const Json& control) {
    Table table({{"line", false},
                 {"seed", true},
                 {"cycle", true},
                 {"labels so far", true},
                 {"failed", true},
                 {"force RMSE, eV/\xC3\x85", true},
                 {"energy RMSE, meV/atom", true},
                 {"promoted", false}});
    for (const Json& arm : child(control, "arms")) {
        for (const Json& row : child(arm, "cycles")) {
            const std::string promoted = text(row, "promoted");
            table.add_row({text(arm, "name"), text(arm, "seed"), text(row, "cycle"),
                           text(row, "labels_total"), text(row, "failed"),
                           format_number(number(row, "test_force_rmse_eV_per_A")),
                           format_number(1000.0 * number(row, "test_energy_rmse_eV_per_atom")),
                           promoted == "true"    ? "yes"
                           : promoted == "false" ? "no"
                                                 : ""});
        }
    }
    return details("every control", table.html());
}

std::string shared_labels(long long shared) {
    if (shared == 0) {
        return "No label serves more than one line.";
    }
    return shared == 1 ? "1 label serves more than one line and was computed once."
                       : format_count(shared) + " labels serve more than one line and were computed once.";
}

}  // namespace

std::string control_section(const Json& summary) {
    const Json& control = child(summary, "control");
    if (!control.is_object()) {
        return "";
    }
    const std::string verdict = text(control, "verdict");
    const std::string note =
        "Each control chooses from the candidates of the same cycles, which the campaign's own walkers "
        "found, gets as "
        "many labels, and trains a model of its own with the same settings, from the same starting model. " +
        shared_labels(count(control, "shared_labels"));
    return section("control", "Against the control",
                   paragraph(verdict.empty() ? "Nothing to compare yet." : verdict) +
                       paragraph(note, "small") + "<div class=\"charts\">\n" +
                       chart_of(control, {"force_rmse_eV_per_A", "Force error against the control",
                                          "force RMSE, eV/\xC3\x85", 1.0}) +
                       chart_of(control, {"energy_rmse_eV_per_atom", "Energy error against the control",
                                          "energy RMSE, meV/atom", 1000.0}) +
                       "</div>\n" + table_of(control));
}

}  // namespace fibonaqi::report
