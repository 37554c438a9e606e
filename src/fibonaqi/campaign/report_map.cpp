// Maps of the pools: candidates, picks and labelled frames in the plane of their features.
#include <algorithm>
#include <cmath>
#include <limits>
#include <set>

#include "fibonaqi/campaign/report_fields.hpp"
#include "fibonaqi/campaign/report_html.hpp"
#include "fibonaqi/campaign/report_sections.hpp"
#include "fibonaqi/campaign/svg_canvas.hpp"

namespace fibonaqi::report {

namespace {

constexpr std::size_t ramp_colours = 5;
constexpr double degenerate_half_range = 1.0;

struct Points {
    std::vector<double> x, y;

    void add(double at_x, double at_y) {
        x.push_back(at_x);
        y.push_back(at_y);
    }
};

/// Lengths of gradients differ by powers of ten, so that most candidates would be one spot: each point keeps
/// its direction from the mean of the candidates and stands at the square root of its distance.
Points points_of(const Json& part) {
    const std::vector<double> x = numbers(part, "x"), y = numbers(part, "y");
    Points points;
    for (std::size_t i = 0; i < std::min(x.size(), y.size()); ++i) {
        const double root = std::sqrt(std::hypot(x[i], y[i]));
        points.add(root > 0.0 ? x[i] / root : 0.0, root > 0.0 ? y[i] / root : 0.0);
    }
    return points;
}

/// Candidates of one temperature, or of neighbouring ones where there are more than colours.
struct Group {
    double lowest = 0.0, highest = 0.0;
    std::string colour;
    Points points;

    std::string name() const {
        return std::isfinite(lowest) ? format_number(lowest, 4) +
                                           (highest > lowest ? " to " + format_number(highest, 4) : "") + " K"
                                     : "";
    }
};

/// One empty group per colour, from cold to hot; a single grey one where there is one temperature or none.
std::vector<Group> groups_of(const std::vector<double>& temperatures) {
    std::set<double> different;
    for (const double temperature : temperatures) {
        if (std::isfinite(temperature)) {
            different.insert(temperature);
        }
    }
    const std::vector<double> sorted(different.begin(), different.end());
    if (sorted.size() < 2) {
        const double only = sorted.empty() ? std::nan("") : sorted.front();
        return {{only, only, "ramp-0", {}}};
    }
    const std::size_t count = std::min(sorted.size(), ramp_colours);
    std::vector<Group> groups;
    for (std::size_t i = 0; i < count; ++i) {
        const std::size_t colour = i * (ramp_colours - 1) / (count - 1);
        groups.push_back({sorted[i * sorted.size() / count],
                          sorted[(i + 1) * sorted.size() / count - 1],
                          "ramp-" + std::to_string(colour),
                          {}});
    }
    return groups;
}

/// Those of an unknown temperature are with the coldest.
std::vector<Group> grouped(const Json& candidates) {
    const Points all = points_of(candidates);
    std::vector<double> temperatures = numbers(candidates, "target_temperature_K");
    temperatures.resize(all.x.size(), std::nan(""));
    std::vector<Group> groups = groups_of(temperatures);
    for (std::size_t i = 0; i < all.x.size(); ++i) {
        const auto above = std::find_if(groups.begin(), groups.end(), [&](const Group& group) {
            return !std::isfinite(temperatures[i]) || temperatures[i] <= group.highest;
        });
        (above == groups.end() ? groups.front() : *above).points.add(all.x[i], all.y[i]);
    }
    return groups;
}

/// An axis that holds all values, with a little room. It has no numbers: those of a principal component say
/// nothing to a reader.
Axis axis_around(const std::string& title, const std::vector<std::vector<double>>& parts) {
    double lower = std::numeric_limits<double>::infinity();
    double upper = -lower;
    for (const std::vector<double>& values : parts) {
        for (const double value : values) {
            lower = std::isfinite(value) ? std::min(lower, value) : lower;
            upper = std::isfinite(value) ? std::max(upper, value) : upper;
        }
    }
    if (!(upper > lower)) {
        const double centre = std::isfinite(lower) ? lower : 0.0;
        lower = centre - degenerate_half_range;
        upper = centre + degenerate_half_range;
    }
    const double room = 0.05 * (upper - lower);
    return {title, {}, lower - room, upper + room};
}

std::string swatch(const std::string& css_class, const std::string& words) {
    return "<li><span class=\"swatch " + css_class + "\"></span>" + escape_html(words) + "</li>";
}

std::string legend_of(const std::vector<Group>& groups, const Points& labelled) {
    std::string out = "<ul class=\"legend\">";
    for (std::size_t i = 0; i < groups.size(); ++i) {
        const std::string name = groups[i].name();
        out += swatch(groups[i].colour, (i > 0 ? "" : name.empty() ? "candidates" : "candidates at ") + name);
    }
    out += swatch("of-badge", "picks, by order");
    out += labelled.x.empty() ? "" : swatch("of-ring", "labelled before");
    return out + "</ul>\n";
}

std::string component(const Json& map, std::size_t index, const std::string& which) {
    const std::vector<double> shares = numbers(map, "variance_shares");
    const double share = index < shares.size() ? shares[index] : std::nan("");
    return which + " principal component" +
           (std::isfinite(share) ? " (" + format_number(100.0 * share, 2) + " % of the variance)" : "");
}

std::string map_figure(const Json& map) {
    const std::vector<Group> groups = grouped(child(map, "candidates"));
    const Points all = points_of(child(map, "candidates"));
    const Points picks = points_of(child(map, "picks")), labelled = points_of(child(map, "labelled"));
    std::vector<std::string> orders;
    for (const double order : numbers(child(map, "picks"), "order")) {
        orders.push_back(format_number(order));
    }
    orders.resize(picks.x.size());
    const std::string title = "Cycle " + text(map, "cycle");
    const auto shown = static_cast<long long>(all.x.size());
    const std::string caption = title + ": " + format_count(static_cast<long long>(picks.x.size())) +
                                (picks.x.size() == 1 ? " pick of " : " picks of ") +
                                format_count(std::max<long long>(count(map, "of"), shown)) + " candidates";
    const std::string description = format_count(shown) + " candidates and " +
                                    format_count(static_cast<long long>(labelled.x.size())) +
                                    " frames labelled before are drawn";
    SvgCanvas canvas(title, description, axis_around(component(map, 0, "first"), {all.x, labelled.x}),
                     axis_around(component(map, 1, "second"), {all.y, labelled.y}), Shape::square);
    canvas.cross();
    for (const Group& group : groups) {
        canvas.dots(group.points.x, group.points.y, group.colour);
    }
    canvas.rings(labelled.x, labelled.y);
    canvas.badges(picks.x, picks.y, orders);
    const bool is_thinned = count(map, "of") > shown;
    return figure(canvas.svg(), caption + (is_thinned ? " (" + format_count(shown) + " shown)" : ""),
                  legend_of(groups, labelled));
}

}  // namespace

std::string map_section(const Json& summary) {
    std::string figures;
    for (const Json& map : child(summary, "maps")) {
        figures += map_figure(map);
    }
    const std::string note =
        "Each candidate of the selection by its features, in the plane in which they vary most. Frames close "
        "together would teach the model the same; picks are numbered in the order in which they were chosen. "
        "Distances from the mean of the candidates, where the lines cross, are drawn by their square roots: "
        "lengths of gradients differ by powers of ten.";
    return figures.empty()
               ? ""
               : section("maps", "Where the picks stood",
                         paragraph(note, "small") + "<div class=\"charts\">\n" + figures + "</div>\n");
}

}  // namespace fibonaqi::report
