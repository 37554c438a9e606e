#include "fibonaqi/campaign/report_charts.hpp"

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

#include "fibonaqi/base/contract.hpp"
#include "fibonaqi/campaign/report_html.hpp"
#include "fibonaqi/campaign/svg_canvas.hpp"

namespace fibonaqi::report {

namespace {

constexpr std::size_t most_dots = 3000;

std::string empty_figure(const std::string& title) {
    return "<figure class=\"empty\">\n<figcaption>" + escape_html(title) +
           "</figcaption>\n<p>no data yet</p></figure>\n";
}

/// Names with their colours; none for a single name, which the caption says already.
std::string legend_of(const std::vector<std::string>& names) {
    if (names.size() < 2) {
        return "";
    }
    std::string out = "<ul class=\"legend\">";
    for (std::size_t i = 0; i < names.size(); ++i) {
        out += "<li><span class=\"swatch series-" + std::to_string(i % 6) + "\"></span>" +
               escape_html(names[i]) + "</li>";
    }
    return out + "</ul>\n";
}

struct Range {
    double lower = 0.0;
    double upper = 0.0;
    bool is_empty = true;

    void add(double value) {
        if (!std::isfinite(value)) {
            return;
        }
        lower = is_empty ? value : std::min(lower, value);
        upper = is_empty ? value : std::max(upper, value);
        is_empty = false;
    }
};

/// Every n-th value, so that at most `most_dots` are left.
std::vector<double> thinned(const std::vector<double>& values) {
    const std::size_t step = (values.size() + most_dots - 1) / most_dots;
    std::vector<double> kept;
    for (std::size_t i = 0; i < values.size(); i += std::max<std::size_t>(step, 1)) {
        kept.push_back(values[i]);
    }
    return kept;
}

std::vector<std::string> names_of(const std::vector<Series>& series) {
    std::vector<std::string> names;
    for (const Series& one : series) {
        names.push_back(one.name);
    }
    return names;
}

/// What a chart shows, in words: the first and last value of each series.
std::string description_of(const LineChart& chart) {
    std::string text = chart.y_title + " against " + chart.x_title + ".";
    for (const Series& one : chart.series) {
        if (!one.y.empty()) {
            text += " " + one.name + ": from " + format_number(one.y.front()) + " to " +
                    format_number(one.y.back()) + ".";
        }
    }
    return text;
}

/// An axis from zero (or below) whose ends are ticks.
Axis axis_from_zero(const std::string& title, const Range& range, int count) {
    const std::vector<double> ticks = axis_ticks(std::min(range.lower, 0.0), range.upper, count);
    return {title, ticks, ticks.front(), ticks.back()};
}

/// Empty where no point can be drawn.
std::optional<SvgCanvas> canvas_of(const LineChart& chart) {
    Range x_range;
    Range y_range;
    for (const Series& one : chart.series) {
        FIBONAQI_EXPECT(one.x.size() == one.y.size() && one.lower.size() == one.upper.size());
        FIBONAQI_EXPECT(one.upper.empty() || one.upper.size() == one.y.size());
        for (std::size_t i = 0; i < one.x.size(); ++i) {
            if (std::isfinite(one.y[i])) {
                x_range.add(one.x[i]);
                y_range.add(one.y[i]);
                y_range.add(one.upper.empty() ? one.y[i] : one.upper[i]);
            }
        }
    }
    if (x_range.is_empty || y_range.is_empty) {
        return std::nullopt;
    }
    SvgCanvas canvas(chart.title, description_of(chart), axis_from_zero(chart.x_title, x_range, 5),
                     axis_from_zero(chart.y_title, y_range, 4));
    for (std::size_t i = 0; i < chart.series.size(); ++i) {
        const auto series = static_cast<int>(i);
        canvas.line(chart.series[i].x, chart.series[i].y, series);
        if (!chart.series[i].upper.empty()) {
            canvas.bars(chart.series[i].x, chart.series[i].lower, chart.series[i].upper, series);
        }
        if (chart.has_markers) {
            canvas.markers(chart.series[i].x, chart.series[i].y, series);
        }
    }
    return canvas;
}

double root_mean_square_error(const ParityChart& chart) {
    double sum = 0.0;
    std::size_t used = 0;
    for (std::size_t i = 0; i < chart.reference.size(); ++i) {
        const double error = chart.predicted[i] - chart.reference[i];
        sum += std::isfinite(error) ? error * error : 0.0;
        used += std::isfinite(error) ? 1 : 0;
    }
    return used == 0 ? std::nan("") : std::sqrt(sum / static_cast<double>(used));
}

double row_sum(const std::vector<double>& values) {
    double sum = 0.0;
    for (const double value : values) {
        sum += std::isfinite(value) ? value : 0.0;
    }
    return sum;
}

std::string bar_row(const StackedBars& chart, std::size_t row, double longest) {
    std::string bars;
    for (std::size_t part = 0; part < chart.parts.size(); ++part) {
        const double value = chart.values[row][part];
        if (std::isfinite(value) && value > 0.0) {
            bars += "<span class=\"bar series-" + std::to_string(part % 6) +
                    "\" style=\"width:" + coordinate(100.0 * value / longest) + "%\" title=\"" +
                    escape_html(chart.parts[part] + ": " + format_seconds(value)) + "\"></span>";
        }
    }
    return "<div class=\"bar-name\">" + escape_html(chart.rows[row]) + "</div><div class=\"bar-track\">" +
           bars + "</div><div class=\"bar-sum\">" + escape_html(format_seconds(row_sum(chart.values[row]))) +
           "</div>\n";
}

}  // namespace

std::vector<double> axis_ticks(double lower, double upper, int count) {
    FIBONAQI_EXPECT(count > 0);
    if (!(std::isfinite(lower) && std::isfinite(upper)) || upper <= lower) {
        return {std::isfinite(lower) ? lower : 0.0};
    }
    const double raw = (upper - lower) / count;
    const double power = std::pow(10.0, std::floor(std::log10(raw)));
    const double fraction = raw / power;
    const double step = power * (fraction <= 1.0   ? 1.0
                                 : fraction <= 2.0 ? 2.0
                                 : fraction <= 5.0 ? 5.0
                                                   : 10.0);
    // A thousandth of a step forgives the rounding of values that are ticks themselves.
    const auto first = static_cast<long long>(std::floor(lower / step + 1e-3));
    const auto last = static_cast<long long>(std::ceil(upper / step - 1e-3));
    std::vector<double> ticks;
    for (long long i = first; i <= last; ++i) {
        ticks.push_back(static_cast<double>(i) * step);
    }
    return ticks;
}

std::string draw(const LineChart& chart) {
    const std::optional<SvgCanvas> canvas = canvas_of(chart);
    return canvas ? figure(canvas->svg(), chart.title, legend_of(names_of(chart.series)))
                  : empty_figure(chart.title);
}

std::string svg_file(const LineChart& chart) {
    const std::optional<SvgCanvas> canvas = canvas_of(chart);
    return canvas ? canvas->svg_file(names_of(chart.series)) : std::string();
}

std::string draw(const ParityChart& chart) {
    FIBONAQI_EXPECT(chart.reference.size() == chart.predicted.size());
    if (chart.reference.empty() || !(chart.upper > chart.lower)) {
        return empty_figure(chart.title);
    }
    const std::vector<double> ticks = axis_ticks(chart.lower, chart.upper, 5);
    const double padding = 0.04 * (chart.upper - chart.lower);
    const auto axis = [&](const std::string& who) {
        return Axis{who + ", " + chart.unit, ticks, chart.lower - padding, chart.upper + padding};
    };
    const std::string count = format_count(static_cast<long long>(chart.reference.size()));
    SvgCanvas canvas(chart.title, count + " values; the line is perfect agreement", axis("DFT"),
                     axis("model"), Shape::square);
    canvas.diagonal();
    canvas.dots(thinned(chart.reference), thinned(chart.predicted), "series-" + std::to_string(chart.series));
    const std::string error = ": RMSE " + format_number(root_mean_square_error(chart)) + " " + chart.unit;
    const bool is_thinned = chart.reference.size() > most_dots;
    return figure(canvas.svg(),
                  chart.title + error + (is_thinned ? " (some of " + count + " values shown)" : ""));
}

std::string draw(const StackedBars& chart) {
    FIBONAQI_EXPECT(chart.rows.size() == chart.values.size());
    double longest = 0.0;
    for (const std::vector<double>& values : chart.values) {
        FIBONAQI_EXPECT(values.size() == chart.parts.size());
        longest = std::max(longest, row_sum(values));
    }
    if (!(longest > 0.0)) {
        return empty_figure(chart.title);
    }
    std::string body;
    for (std::size_t row = 0; row < chart.rows.size(); ++row) {
        body += bar_row(chart, row, longest);
    }
    return figure("<div class=\"bars\" role=\"img\" aria-label=\"" + escape_html(chart.title) + "\">" + body +
                      "</div>\n",
                  chart.title, legend_of(chart.parts));
}

}  // namespace fibonaqi::report
