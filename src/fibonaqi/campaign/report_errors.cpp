// How good the models are: learning curves, parity plots, training curves.
#include <algorithm>
#include <cmath>
#include <limits>

#include "fibonaqi/campaign/report_charts.hpp"
#include "fibonaqi/campaign/report_fields.hpp"
#include "fibonaqi/campaign/report_html.hpp"
#include "fibonaqi/campaign/report_sections.hpp"

namespace fibonaqi::report {

namespace {

constexpr std::size_t most_lines = 6;

std::string charts(const std::string& content) {
    return "<div class=\"charts\">\n" + content + "</div>\n";
}

bool has_number(const std::vector<double>& values) {
    return std::any_of(values.begin(), values.end(), [](double value) { return std::isfinite(value); });
}

std::vector<double> scaled(std::vector<double> values, double factor) {
    for (double& value : values) {
        value *= factor;
    }
    return values;
}

/// What the x axis of a learning curve counts.
struct Effort {
    std::string key;
    std::string title;
};

std::string error_charts(const Json& summary, const Effort& effort) {
    const Json& cycles = child(summary, "cycles");
    const std::vector<double> x = column(cycles, effort.key);
    if (!has_number(x)) {
        return "";
    }
    const std::vector<double> forces = column(cycles, "test_force_rmse_eV_per_A");
    const std::vector<double> energy = scaled(column(cycles, "test_energy_rmse_eV_per_atom"), 1000.0);
    LineChart force_chart{"Force error against " + effort.title,
                          effort.title,
                          "force RMSE, eV/\xC3\x85",
                          {{"force RMSE", x, forces}}};
    if (const double noise = number(summary, "label_noise_eV_per_A"); std::isfinite(noise)) {
        force_chart.series.push_back({"noise of the labels", x, std::vector<double>(x.size(), noise)});
    }
    LineChart energy_chart{"Energy error against " + effort.title,
                           effort.title,
                           "energy RMSE, meV/atom",
                           {{"energy RMSE", x, energy}}};
    return draw(force_chart) + draw(energy_chart);
}

/// One line per group of the held-out set (such as its temperature).
std::string group_chart(const Json& cycles) {
    LineChart chart{"Force error by group of the held-out set", "labels", "force RMSE, eV/\xC3\x85", {}};
    const std::string key = "test_force_rmse_by_group_eV_per_A";
    for (const Json& cycle : cycles) {
        const Json& groups = child(cycle, key);
        for (auto group = groups.begin(); groups.is_object() && group != groups.end(); ++group) {
            const auto known = std::find_if(chart.series.begin(), chart.series.end(),
                                            [&](const Series& one) { return one.name == group.key(); });
            if (known == chart.series.end() && chart.series.size() == most_lines) {
                continue;
            }
            Series& series =
                known != chart.series.end() ? *known : chart.series.emplace_back(Series{group.key(), {}, {}});
            series.x.push_back(number(cycle, "labels_total"));
            series.y.push_back(number(groups, group.key()));
        }
    }
    return chart.series.empty() ? "" : draw(chart);
}

/// Reference and predicted values of one quantity of one model.
struct Pairs {
    std::vector<double> reference, predicted;
};

Pairs pairs_of(const Json& model, const std::string& quantity, const std::string& unit) {
    const Json& values = child(model, quantity);
    Pairs pairs{numbers(values, "reference_" + unit), numbers(values, "predicted_" + unit)};
    const std::size_t both = std::min(pairs.reference.size(), pairs.predicted.size());
    pairs.reference.resize(both);
    pairs.predicted.resize(both);
    return pairs;
}

/// In meV, counted from the mean DFT energy of the held-out set: absolute values say nothing to a reader.
void center(Pairs& pairs) {
    double sum = 0.0;
    for (const double value : pairs.reference) {
        sum += value;
    }
    const double mean = pairs.reference.empty() ? 0.0 : sum / static_cast<double>(pairs.reference.size());
    for (std::size_t i = 0; i < pairs.reference.size(); ++i) {
        pairs.reference[i] = 1000.0 * (pairs.reference[i] - mean);
        pairs.predicted[i] = 1000.0 * (pairs.predicted[i] - mean);
    }
}

/// Two charts with the same axes: the models before and after.
std::string parity_pair(const Pairs& before, const Pairs& after, const std::string& what,
                        const std::string& quantity) {
    double lower = std::numeric_limits<double>::infinity();
    double upper = -lower;
    for (const auto* values : {&before.reference, &before.predicted, &after.reference, &after.predicted}) {
        for (const double value : *values) {
            lower = std::isfinite(value) ? std::min(lower, value) : lower;
            upper = std::isfinite(value) ? std::max(upper, value) : upper;
        }
    }
    ParityChart first{what + " before", quantity, before.reference, before.predicted, lower, upper, 1};
    ParityChart second{what + " after", quantity, after.reference, after.predicted, lower, upper, 0};
    return draw(first) + draw(second);
}

/// One line per cycle of `key` over the epochs.
std::string curve_chart(const Json& summary, const std::string& title, const std::string& key) {
    LineChart chart{title, "epoch", title, {}, false};
    for (const Json& training : child(summary, "training")) {
        const Json& curve = child(training, "curve");
        const std::vector<double> y = column(curve, key);
        if (has_number(y) && chart.series.size() < most_lines) {
            chart.series.push_back({"cycle " + text(training, "cycle"), column(curve, "epoch"), y});
        }
    }
    return chart.series.empty() ? "" : draw(chart);
}

}  // namespace

std::string learning_section(const Json& summary) {
    const Json& cycles = child(summary, "cycles");
    if (!has_number(column(cycles, "test_force_rmse_eV_per_A"))) {
        return "";
    }
    const std::string by_labels = error_charts(summary, {"labels_total", "labels"});
    const std::string by_time = error_charts(summary, {"cpu_seconds_total", "CPU seconds"});
    return section(
        "learning", "Learning curves",
        paragraph("Root mean square errors on a held-out set that no decision has seen: the first point "
                  "is the model as it came.",
                  "small") +
            charts(by_labels + by_time + group_chart(cycles)));
}

std::string parity_section(const Json& summary) {
    const Json& before = child(child(summary, "parity"), "before");
    const Json& after = child(child(summary, "parity"), "after");
    Pairs energy_before = pairs_of(before, "energy", "eV_per_atom");
    Pairs energy_after = pairs_of(after, "energy", "eV_per_atom");
    const Pairs forces_before = pairs_of(before, "forces", "eV_per_A");
    const Pairs forces_after = pairs_of(after, "forces", "eV_per_A");
    if (forces_before.reference.empty() && forces_after.reference.empty()) {
        return "";
    }
    center(energy_before);
    center(energy_after);
    const std::string note = text(child(summary, "parity"), "note");
    return section(
        "parity", "Model against DFT",
        paragraph("Each dot is one value of the held-out set; on the dashed line the model agrees with DFT. "
                  "Energies count from the mean DFT energy. " +
                      note,
                  "small") +
            charts(parity_pair(forces_before, forces_after, "Forces", "eV/\xC3\x85") +
                   parity_pair(energy_before, energy_after, "Energies", "meV/atom")));
}

std::string training_section(const Json& summary) {
    const std::string content =
        curve_chart(summary, "validation force RMSE, eV/\xC3\x85", "validation_force_rmse_eV_per_A") +
        curve_chart(summary, "training loss", "train_loss");
    const std::string note =
        "Each training is done first without a share of the cycle's new labels, which give its validation "
        "error; these curves are from there. It is then repeated on all labels.";
    return content.empty() ? "" : section("training", "Training", paragraph(note, "small") + charts(content));
}

}  // namespace fibonaqi::report
