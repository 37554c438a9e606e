// The drawing surface under the charts: maps data to the coordinates of one SVG, draws axes, lines and text.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace fibonaqi::report {

/// A range of data and the ticks on it.
struct Axis {
    std::string title;
    std::vector<double> ticks;  ///< those outside of the range are not drawn
    double lower = 0.0;         ///< ends of the axis; where they are equal everything stands in the middle
    double upper = 0.0;
};

/// Shape of the picture.
enum class Shape { wide, square };

/// One plot area with axes. Lengths are SVG units; the picture scales with the page.
class SvgCanvas {
  public:
    /// `title` and `description` are for screen readers (escaped here).
    SvgCanvas(std::string_view title, std::string_view description, Axis x, Axis y,
              Shape shape = Shape::wide);

    /// A polyline through the points, in the colour of `series`. Points that are not finite break nothing:
    /// they are left out.
    void line(const std::vector<double>& x, const std::vector<double>& y, int series);

    /// An upright bar from `lower` to `upper` at each x, in the colour of `series`.
    void bars(const std::vector<double>& x, const std::vector<double>& lower,
              const std::vector<double>& upper, int series);

    /// One mark per point (circle, square, diamond, ... by series), with its values as a tooltip.
    void markers(const std::vector<double>& x, const std::vector<double>& y, int series);

    /// One dot per point, all in a single path: for many points. `colour` is a class of the report's style
    /// ("series-0", "ramp-2").
    void dots(const std::vector<double>& x, const std::vector<double>& y, std::string_view colour);

    /// A ring for every point, in the colour of ink: it does not hide what is below.
    void rings(const std::vector<double>& x, const std::vector<double>& y);

    /// A disc with a few letters in it for every point, the last on top.
    void badges(const std::vector<double>& x, const std::vector<double>& y,
                const std::vector<std::string>& words);

    /// The diagonal y = x from one end of the x axis to the other.
    void diagonal();

    /// Lines through the origin of both axes, where it is in the picture.
    void cross();

    /// The finished <svg>, for a page that has the report's style.
    std::string svg() const;

    /// The same as a file of its own: with style, title, and the names of the series from 0 on below.
    std::string svg_file(const std::vector<std::string>& names) const;

  private:
    double place_x(double value) const;
    double place_y(double value) const;
    void draw_axes();

    std::string title_;
    std::string head_;
    std::string body_;
    Axis x_;
    Axis y_;
    double bottom_;
};

/// A coordinate with one decimal: enough for a screen, short in the file.
std::string coordinate(double value);

}  // namespace fibonaqi::report
