// Small pieces of HTML for the campaign report: escaped text, numbers as people read them, tables.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace fibonaqi::report {

/// `text` fit for element content and quoted attributes: & < > " ' become entities, control characters (which
/// no HTML document may hold) become U+FFFD. Everything that enters the report from outside goes through
/// here.
std::string escape_html(std::string_view text);

/// `value` with `digits` significant digits and no needless zeros: 0.0942, 12.3, 4.1e-06. "-" when not
/// finite.
std::string format_number(double value, int digits = 3);

/// A count with thin spaces between thousands: 12 345.
std::string format_count(long long value);

/// A time as people say it [s]: "0.8 s", "48 s", "6.1 min", "2.3 h".
std::string format_seconds(double seconds);

/// One column of a table. Numbers stand on the right, in digits of equal width.
struct Column {
    std::string title;  ///< escaped by the table
    bool is_number = false;
};

/// A table that scrolls by itself where the screen is narrow. Cells are text and are escaped.
class Table {
  public:
    explicit Table(std::vector<Column> columns);

    /// As many cells as there are columns; anything else is a broken contract.
    void add_row(const std::vector<std::string>& cells);

    bool is_empty() const { return rows_ == 0; }

    /// The finished element.
    std::string html() const;

  private:
    std::vector<Column> columns_;
    std::string body_;
    int rows_ = 0;
};

/// A part of the page: heading (escaped), then `content` (HTML).
std::string section(std::string_view id, std::string_view heading, std::string_view content);

/// Content that opens on a click, with `summary` (escaped) as its handle.
std::string details(std::string_view summary, std::string_view content);

/// A picture and its legend (both HTML) under a caption (escaped).
std::string figure(std::string_view picture, std::string_view caption, std::string_view legend = "");

/// A paragraph of escaped text; `css_class` may be empty.
std::string paragraph(std::string_view text, std::string_view css_class = "");

}  // namespace fibonaqi::report
