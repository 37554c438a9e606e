// Charts of the campaign report as inline SVG: no script, no outside resource. Colours come from the page's
// style (classes series-0 to series-5), so that light and dark need no second drawing; every series also has
// a shape or dash of its own. Each chart carries a title and a description for screen readers.
#pragma once

#include <string>
#include <vector>

namespace fibonaqi::report {

/// One line of a chart. x and y have the same length; points that are not finite are left out.
struct Series {
    std::string name;
    std::vector<double> x;
    std::vector<double> y;
    std::vector<double> lower{}, upper{};  ///< ends of a bar through each point; as many, or none
};

/// Lines with markers over two linear axes. The y axis starts at zero: errors are compared by their height.
struct LineChart {
    std::string title;
    std::string x_title;  ///< with unit
    std::string y_title;  ///< with unit
    std::vector<Series> series;
    bool has_markers = true;
};

/// Predictions against reference values, one dot each, with the line of perfect agreement and the RMSE in
/// words.
struct ParityChart {
    std::string title;
    std::string unit;               ///< of both axes
    std::vector<double> reference;  ///< from DFT
    std::vector<double> predicted;  ///< as many
    double lower = 0.0;             ///< both axes; equal for charts that are compared
    double upper = 0.0;
    int series = 0;  ///< colour
};

/// Horizontal bars, one per row, each divided into the same parts.
struct StackedBars {
    std::string title;
    std::vector<std::string> parts;  ///< at most 6
    std::vector<std::string> rows;
    std::vector<std::vector<double>> values;  ///< [row][part], not negative
};

/// Round values from at most `lower` to at least `upper` (1, 2 or 5 times a power of ten apart), about
/// `count`. One tick where the range is empty or not finite.
std::vector<double> axis_ticks(double lower, double upper, int count);

/// The finished <figure>; says "no data" in words where nothing can be drawn.
std::string draw(const LineChart& chart);

/// The same as the content of an .svg file; empty where nothing can be drawn.
std::string svg_file(const LineChart& chart);

/// At most 3000 dots are drawn, every n-th of a longer list, and the caption says so.
std::string draw(const ParityChart& chart);

std::string draw(const StackedBars& chart);

}  // namespace fibonaqi::report
