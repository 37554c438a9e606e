#include "fibonaqi/campaign/report_html.hpp"

#include <array>
#include <cmath>
#include <cstdio>
#include <utility>

#include "fibonaqi/base/contract.hpp"

namespace fibonaqi::report {

namespace {

constexpr std::string_view replacement_character = "\xEF\xBF\xBD";
constexpr std::string_view thin_space = "\xE2\x80\xAF";

void append_escaped(std::string& out, char character) {
    switch (character) {
        case '&':
            out += "&amp;";
            return;
        case '<':
            out += "&lt;";
            return;
        case '>':
            out += "&gt;";
            return;
        case '"':
            out += "&quot;";
            return;
        case '\'':
            out += "&#39;";
            return;
        default:
            break;
    }
    const auto code = static_cast<unsigned char>(character);
    const bool is_control = (code < 0x20 && character != '\n' && character != '\t') || code == 0x7F;
    if (is_control) {
        out += replacement_character;
    } else {
        out += character;
    }
}

std::string print(const char* format, int digits, double value) {
    std::array<char, 64> buffer{};
    std::snprintf(buffer.data(), buffer.size(), format, digits, value);
    return buffer.data();
}

}  // namespace

std::string escape_html(std::string_view text) {
    std::string out;
    out.reserve(text.size() + text.size() / 8);
    for (const char character : text) {
        append_escaped(out, character);
    }
    return out;
}

std::string format_number(double value, int digits) {
    if (!std::isfinite(value)) {
        return "-";
    }
    const double size = std::abs(value);
    if (size >= 1000.0 && size < 1e6) {
        return print("%.*f", 0, value);
    }
    return print("%.*g", digits, value);
}

std::string format_count(long long value) {
    std::string digits = std::to_string(value < 0 ? -value : value);
    for (int place = static_cast<int>(digits.size()) - 3; place > 0; place -= 3) {
        digits.insert(static_cast<std::size_t>(place), thin_space);
    }
    return (value < 0 ? "-" : "") + digits;
}

std::string format_seconds(double seconds) {
    if (!std::isfinite(seconds)) {
        return "-";
    }
    if (seconds < 9.95) {
        return print("%.*f", 1, seconds) + " s";
    }
    if (seconds < 100.0) {
        return print("%.*f", 0, seconds) + " s";
    }
    return seconds < 6000.0 ? print("%.*f", 1, seconds / 60.0) + " min"
                            : print("%.*f", 1, seconds / 3600.0) + " h";
}

Table::Table(std::vector<Column> columns) : columns_(std::move(columns)) {}

void Table::add_row(const std::vector<std::string>& cells) {
    FIBONAQI_EXPECT(cells.size() == columns_.size());
    body_ += "<tr>";
    for (std::size_t i = 0; i < cells.size(); ++i) {
        body_ += columns_[i].is_number ? "<td class=\"number\">" : "<td>";
        body_ += escape_html(cells[i]) + "</td>";
    }
    body_ += "</tr>\n";
    ++rows_;
}

std::string Table::html() const {
    std::string out = "<div class=\"scroll\" tabindex=\"0\"><table>\n<thead><tr>";
    for (const Column& column : columns_) {
        out += column.is_number ? "<th scope=\"col\" class=\"number\">" : "<th scope=\"col\">";
        out += escape_html(column.title) + "</th>";
    }
    return out + "</tr></thead>\n<tbody>\n" + body_ + "</tbody></table></div>\n";
}

std::string section(std::string_view id, std::string_view heading, std::string_view content) {
    const std::string name = escape_html(id);
    return "<section id=\"" + name + "\" aria-labelledby=\"" + name + "-heading\">\n<h2 id=\"" + name +
           "-heading\">" + escape_html(heading) + "</h2>\n" + std::string(content) + "</section>\n";
}

std::string details(std::string_view summary, std::string_view content) {
    return "<details><summary>" + escape_html(summary) + "</summary>\n" + std::string(content) +
           "</details>\n";
}

std::string figure(std::string_view picture, std::string_view caption, std::string_view legend) {
    return "<figure>\n<figcaption>" + escape_html(caption) + "</figcaption>\n" + std::string(legend) +
           std::string(picture) + "</figure>\n";
}

std::string paragraph(std::string_view text, std::string_view css_class) {
    const std::string attribute = css_class.empty() ? "" : " class=\"" + std::string(css_class) + "\"";
    return "<p" + attribute + ">" + escape_html(text) + "</p>\n";
}

}  // namespace fibonaqi::report
