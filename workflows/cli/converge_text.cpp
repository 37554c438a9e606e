#include "workflows/cli/converge_text.hpp"

#include <algorithm>
#include <cstdio>

#include "fibonaqi/campaign/report_charts.hpp"

namespace fibonaqi::cli {
namespace {

std::string formatted(const char* format, double value) {
    char text[48];
    std::snprintf(text, sizeof text, format, value);
    return text;
}

std::string formatted(const char* format, const std::optional<double>& value, double factor) {
    return value ? formatted(format, factor * *value) : "-";
}

std::string marks(const NoiseRecord& record, const MeasuredAxis& axis, std::size_t place) {
    std::string text;
    const auto add = [&text](const std::string& word) { text += (text.empty() ? "" : ", ") + word; };
    if (axis.points[place].value == axis.own) {
        add("configured");
    }
    if (record.limit_eV_per_A && recommended(axis, *record.limit_eV_per_A) == place) {
        add("recommended");
    }
    if (place + 1 == axis.points.size()) {
        add("reference");
    }
    if (const std::size_t failed = axis.points[place].failed; failed > 0) {
        add(std::to_string(failed) + " of " + std::to_string(record.frames) + " failed");
    }
    return text;
}

// `width` is that of the first column.
std::string row(const MeasuredPoint& point, const std::string& words, int width) {
    const LabelNoise& noise = point.noise;
    const std::string first = "  " + point.value;
    char text[200];
    if (noise.frames == 0) {
        std::snprintf(text, sizeof text, "%-*s nothing to compare", width, first.c_str());
    } else {
        std::snprintf(text, sizeof text, "%-*s %9.3g %9.3g %9s %9.2f %9s %9.2f", width, first.c_str(),
                      noise.force_rmse_eV_per_A, noise.force_max_eV_per_A,
                      formatted("%.2f", noise.energy_spread_eV_per_atom, 1e3).c_str(),
                      1e3 * noise.energy_offset_eV_per_atom,
                      formatted("%.3f", noise.stress_rmse_GPa, 1.0).c_str(), noise.cpu_seconds);
    }
    return text + (words.empty() ? std::string() : "  " + words) + "\n";
}

std::string table(const NoiseRecord& record, const MeasuredAxis& axis) {
    constexpr std::size_t least_width = 14;
    const std::string title = axis.name + (axis.unit.empty() ? "" : " [" + axis.unit + "]");
    const int width = static_cast<int>(std::max(least_width, title.size()));
    char head[200];
    std::snprintf(head, sizeof head, "%-*s %9s %9s %9s %9s %9s %9s\n", width, title.c_str(), "force",
                  "largest", "energy", "(offset)", "stress", "CPU s");
    std::string text = head;
    std::snprintf(head, sizeof head, "%-*s %9s %9s %9s %9s %9s %9s\n", width, "", "eV/A", "eV/A", "meV/atom",
                  "meV/atom", "GPa", "a label");
    text += head;
    for (std::size_t i = 0; i < axis.points.size(); ++i) {
        text += row(axis.points[i], marks(record, axis, i), width);
    }
    return text;
}

std::string advice(const MeasuredAxis& axis, double limit) {
    const auto choice = recommended(axis, limit);
    if (!choice) {
        return axis.name + ": no value has labels of all frames\n";
    }
    const MeasuredPoint& point = axis.points[*choice];
    const std::string noise = formatted("%.3g eV/A", point.noise.force_rmse_eV_per_A);
    std::string text = axis.name + ": " + point.value;
    if (point.value == axis.own) {
        text += ", as configured";
    } else {
        text += " instead of " + axis.own + " (" +
                formatted("%.3g eV/A", axis.own_point().noise.force_rmse_eV_per_A) + ", " +
                formatted("%.2f CPU s)", axis.own_point().noise.cpu_seconds);
    }
    text += ": noise " + noise + ", " + formatted("%.2f CPU s a label", point.noise.cpu_seconds);
    if (!is_converged(axis, limit)) {
        const MeasuredPoint& last = axis.points[axis.points.size() - 2];
        text += "; the axis is not seen to converge (" + last.value + " still differs by " +
                formatted("%.3g eV/A", last.noise.force_rmse_eV_per_A) + " from " + axis.points.back().value +
                "): scan denser values by --axis " + axis.name + "=...";
    }
    return text + "\n";
}

}  // namespace

std::string noise_tables(const NoiseRecord& record) {
    std::string text;
    for (const MeasuredAxis& axis : record.axes) {
        text += "\n" + table(record, axis);
    }
    return text;
}

std::string noise_advice(const NoiseRecord& record) {
    std::string text;
    if (record.limit_eV_per_A) {
        for (const MeasuredAxis& axis : record.axes) {
            text += advice(axis, *record.limit_eV_per_A);
        }
    }
    return text;
}

std::string noise_picture(const NoiseRecord& record) {
    report::LineChart chart{
        "Noise of labels against their price", "CPU seconds of a label", "force noise, eV/\xC3\x85", {}};
    for (const MeasuredAxis& axis : record.axes) {
        report::Series series{axis.name, {}, {}};
        for (const MeasuredPoint& point : axis.points) {
            if (point.noise.frames > 0) {
                series.x.push_back(point.noise.cpu_seconds);
                series.y.push_back(point.noise.force_rmse_eV_per_A);
            }
        }
        chart.series.push_back(std::move(series));
    }
    return svg_file(chart);
}

}  // namespace fibonaqi::cli
