#include "fibonaqi/campaign/svg_canvas.hpp"

#include <array>
#include <cmath>
#include <cstdio>
#include <utility>

#include "fibonaqi/base/contract.hpp"
#include "fibonaqi/campaign/report_html.hpp"
#include "fibonaqi/campaign/report_style.hpp"

namespace fibonaqi::report {

namespace {

// The picture and its plot area; the margins hold tick labels and titles.
constexpr double width = 440.0;
constexpr double left = 62.0;
constexpr double right = 416.0;
constexpr double top = 14.0;
constexpr double below = 54.0;

std::string text_at(double x, double y, std::string_view css_class, std::string_view content) {
    return "<text x=\"" + coordinate(x) + "\" y=\"" + coordinate(y) + "\" class=\"" + std::string(css_class) +
           "\">" + escape_html(content) + "</text>\n";
}

std::string line_between(double x1, double y1, double x2, double y2, std::string_view css_class) {
    return "<line x1=\"" + coordinate(x1) + "\" y1=\"" + coordinate(y1) + "\" x2=\"" + coordinate(x2) +
           "\" y2=\"" + coordinate(y2) + "\" class=\"" + std::string(css_class) + "\"/>\n";
}

// Shapes differ as well as colours, for readers who do not see the difference of colours. Radius about 4.
constexpr std::array<const char*, 6> marker_paths = {
    "m-4,0a4,4 0 1,0 8,0a4,4 0 1,0 -8,0z",
    "m-3.6,-3.6h7.2v7.2h-7.2z",
    "m0,-5l5,5l-5,5l-5,-5z",
    "m0,-4.6l4.6,8h-9.2z",
    "m0,4.6l4.6,-8h-9.2z",
    "m-1.5,-4.5h3v3h3v3h-3v3h-3v-3h-3v-3h3z",
};

std::string series_class(int series) {
    return "series-" + std::to_string(series % static_cast<int>(marker_paths.size()));
}

bool are_finite(double x, double y) {
    return std::isfinite(x) && std::isfinite(y);
}

}  // namespace

std::string coordinate(double value) {
    std::array<char, 32> buffer{};
    std::snprintf(buffer.data(), buffer.size(), "%.1f", value);
    return buffer.data();
}

SvgCanvas::SvgCanvas(std::string_view title, std::string_view description, Axis x, Axis y, Shape shape)
    : title_(title),
      x_(std::move(x)),
      y_(std::move(y)),
      bottom_(shape == Shape::square ? top + right - left : 246.0) {
    head_ = "<title>" + escape_html(title) + "</title>\n<desc>" + escape_html(description) + "</desc>\n";
    draw_axes();
}

double SvgCanvas::place_x(double value) const {
    const double span = x_.upper - x_.lower;
    return span > 0.0 ? left + (value - x_.lower) / span * (right - left) : 0.5 * (left + right);
}

double SvgCanvas::place_y(double value) const {
    const double span = y_.upper - y_.lower;
    return span > 0.0 ? bottom_ - (value - y_.lower) / span * (bottom_ - top) : 0.5 * (top + bottom_);
}

void SvgCanvas::draw_axes() {
    for (const double tick : y_.ticks) {
        if (tick >= y_.lower && tick <= y_.upper) {
            const double y = place_y(tick);
            body_ += line_between(left, y, right, y, "grid");
            body_ += text_at(left - 7.0, y + 4.0, "tick end", format_number(tick));
        }
    }
    for (const double tick : x_.ticks) {
        if (tick >= x_.lower && tick <= x_.upper) {
            const double x = place_x(tick);
            body_ += line_between(x, bottom_, x, bottom_ + 4.0, "axis");
            body_ += text_at(x, bottom_ + 18.0, "tick middle", format_number(tick));
        }
    }
    body_ += line_between(left, bottom_, right, bottom_, "axis");
    body_ += text_at(0.5 * (left + right), bottom_ + 42.0, "axis-title middle", x_.title);
    const std::string middle = coordinate(0.5 * (top + bottom_));
    body_ += "<text transform=\"translate(14 " + middle + ") rotate(-90)\" class=\"axis-title middle\">" +
             escape_html(y_.title) + "</text>\n";
}

void SvgCanvas::line(const std::vector<double>& x, const std::vector<double>& y, int series) {
    FIBONAQI_EXPECT(x.size() == y.size());
    std::string points;
    for (std::size_t i = 0; i < x.size(); ++i) {
        if (are_finite(x[i], y[i])) {
            points += coordinate(place_x(x[i])) + "," + coordinate(place_y(y[i])) + " ";
        }
    }
    if (!points.empty()) {
        body_ += "<polyline class=\"line " + series_class(series) + "\" points=\"" + points + "\"/>\n";
    }
}

void SvgCanvas::bars(const std::vector<double>& x, const std::vector<double>& lower,
                     const std::vector<double>& upper, int series) {
    FIBONAQI_EXPECT(x.size() == lower.size() && x.size() == upper.size());
    std::string path;
    for (std::size_t i = 0; i < x.size(); ++i) {
        if (are_finite(x[i], lower[i]) && std::isfinite(upper[i])) {
            const std::string at = coordinate(place_x(x[i]));
            path += "M" + at + "," + coordinate(place_y(lower[i])) + "L" + at + "," +
                    coordinate(place_y(upper[i]));
            for (const double end : {lower[i], upper[i]}) {
                path += "M" + at + "," + coordinate(place_y(end)) + "m-4,0h8";
            }
        }
    }
    if (!path.empty()) {
        body_ += "<path class=\"range " + series_class(series) + "\" d=\"" + path + "\"/>\n";
    }
}

void SvgCanvas::markers(const std::vector<double>& x, const std::vector<double>& y, int series) {
    FIBONAQI_EXPECT(x.size() == y.size());
    const char* shape = marker_paths[static_cast<std::size_t>(series) % marker_paths.size()];
    for (std::size_t i = 0; i < x.size(); ++i) {
        if (are_finite(x[i], y[i])) {
            body_ += "<path class=\"marker " + series_class(series) + "\" d=\"M" + coordinate(place_x(x[i])) +
                     "," + coordinate(place_y(y[i])) + shape + "\"><title>" +
                     escape_html(x_.title + " " + format_number(x[i]) + ": " + format_number(y[i])) +
                     "</title></path>\n";
        }
    }
}

void SvgCanvas::dots(const std::vector<double>& x, const std::vector<double>& y, std::string_view colour) {
    FIBONAQI_EXPECT(x.size() == y.size());
    std::string path;
    for (std::size_t i = 0; i < x.size(); ++i) {
        if (are_finite(x[i], y[i])) {
            path += "M" + coordinate(place_x(x[i])) + "," + coordinate(place_y(y[i])) + "h0";
        }
    }
    if (!path.empty()) {
        body_ += "<path class=\"dots " + std::string(colour) + "\" d=\"" + path + "\"/>\n";
    }
}

void SvgCanvas::rings(const std::vector<double>& x, const std::vector<double>& y) {
    FIBONAQI_EXPECT(x.size() == y.size());
    std::string path;
    for (std::size_t i = 0; i < x.size(); ++i) {
        if (are_finite(x[i], y[i])) {
            path += "M" + coordinate(place_x(x[i])) + "," + coordinate(place_y(y[i])) +
                    "m-4.5,0a4.5,4.5 0 1,0 9,0a4.5,4.5 0 1,0 -9,0z";
        }
    }
    if (!path.empty()) {
        body_ += "<path class=\"ring\" d=\"" + path + "\"/>\n";
    }
}

void SvgCanvas::badges(const std::vector<double>& x, const std::vector<double>& y,
                       const std::vector<std::string>& words) {
    FIBONAQI_EXPECT(x.size() == y.size() && x.size() == words.size());
    for (std::size_t i = 0; i < x.size(); ++i) {
        if (are_finite(x[i], y[i])) {
            body_ += "<circle class=\"badge\" cx=\"" + coordinate(place_x(x[i])) + "\" cy=\"" +
                     coordinate(place_y(y[i])) + "\" r=\"7\"/>\n" +
                     text_at(place_x(x[i]), place_y(y[i]) + 3.4, "badge-word middle", words[i]);
        }
    }
}

void SvgCanvas::diagonal() {
    body_ +=
        line_between(place_x(x_.lower), place_y(x_.lower), place_x(x_.upper), place_y(x_.upper), "diagonal");
}

void SvgCanvas::cross() {
    const auto holds_zero = [](const Axis& axis) { return axis.lower <= 0.0 && axis.upper >= 0.0; };
    if (holds_zero(x_)) {
        body_ += line_between(place_x(0.0), top, place_x(0.0), bottom_, "grid");
    }
    if (holds_zero(y_)) {
        body_ += line_between(left, place_y(0.0), right, place_y(0.0), "grid");
    }
}

std::string SvgCanvas::svg() const {
    return "<svg viewBox=\"0 0 " + coordinate(width) + " " + coordinate(bottom_ + below) +
           "\" role=\"img\">\n" + head_ + body_ + "</svg>\n";
}

std::string SvgCanvas::svg_file(const std::vector<std::string>& names) const {
    constexpr double above = 26.0, row = 19.0, margin = 8.0;
    const double height = above + bottom_ + below + row * static_cast<double>(names.size()) + margin;
    const std::string box = "y=\"" + coordinate(-above) + "\" width=\"" + coordinate(width) + "\" height=\"" +
                            coordinate(height) + "\"";
    std::string out = "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"" + coordinate(1.6 * width) +
                      "\" height=\"" + coordinate(1.6 * height) + "\" viewBox=\"0 " + coordinate(-above) +
                      " " + coordinate(width) + " " + coordinate(height) + "\" role=\"img\">\n<style>" +
                      std::string(style_sheet()) + "</style>\n" + head_ + "<rect x=\"0\" " + box +
                      " style=\"fill:var(--card)\"/>\n" +
                      text_at(0.5 * width, 14.0 - above, "axis-title middle", title_) + body_;
    for (std::size_t i = 0; i < names.size(); ++i) {
        const auto series = static_cast<int>(i);
        const double y = bottom_ + below + row * static_cast<double>(i);
        out += "<polyline class=\"line " + series_class(series) + "\" points=\"" + coordinate(left) + "," +
               coordinate(y) + " " + coordinate(left + 30.0) + "," + coordinate(y) + "\"/>\n" +
               text_at(left + 38.0, y + 4.0, "tick", names[i]);
    }
    return out + "</svg>\n";
}

}  // namespace fibonaqi::report
