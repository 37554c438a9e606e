// The pieces of the report: numbers, ticks, charts, and colours that can be read.
#include <algorithm>
#include <cmath>
#include <limits>
#include <regex>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fibonaqi/base/contract.hpp"
#include "fibonaqi/campaign/report_charts.hpp"
#include "fibonaqi/campaign/report_html.hpp"
#include "fibonaqi/campaign/report_style.hpp"

namespace fibonaqi::report {
namespace {

using testing::HasSubstr;

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

TEST(ReportHtml, writes_numbers_as_people_read_them) {
    EXPECT_EQ(format_number(0.09416), "0.0942");
    EXPECT_EQ(format_number(12345.6), "12346");
    EXPECT_EQ(format_number(0.0), "0");
    EXPECT_EQ(format_number(4.1e-6), "4.1e-06");
    EXPECT_EQ(format_number(nan), "-");
    EXPECT_EQ(format_count(999), "999");
    EXPECT_EQ(format_count(-1234567),
              "-1\xE2\x80\xAF"
              "234\xE2\x80\xAF"
              "567");
    EXPECT_EQ(format_seconds(0.84), "0.8 s");
    EXPECT_EQ(format_seconds(48.2), "48 s");
    EXPECT_EQ(format_seconds(366.0), "6.1 min");
    EXPECT_EQ(format_seconds(8280.0), "2.3 h");
}

TEST(ReportHtml, escapes_what_a_page_could_mistake_for_its_own) {
    EXPECT_EQ(escape_html("<a href='x' b=\"y\">&"), "&lt;a href=&#39;x&#39; b=&quot;y&quot;&gt;&amp;");
    EXPECT_EQ(escape_html(std::string("a\0b\x1F", 4)),
              "a\xEF\xBF\xBD"
              "b\xEF\xBF\xBD");
    EXPECT_EQ(escape_html("\xC3\x85ngstr\xC3\xB6m\n\t"), "\xC3\x85ngstr\xC3\xB6m\n\t");
}

TEST(ReportHtml, refuses_a_row_of_another_width) {
    Table table({{"a", false}, {"b", true}});
    EXPECT_THROW(table.add_row({"1"}), ContractError);
}

TEST(AxisTicks, are_round_cover_the_range_and_are_few) {
    for (double lower = -7.3; lower < 8.0; lower += 1.7) {
        for (double span = 1e-6; span < 1e7; span *= 3.7) {
            const std::vector<double> ticks = axis_ticks(lower, lower + span, 5);
            const double step = ticks[1] - ticks[0];
            EXPECT_LE(ticks.front(), lower + 2e-3 * step);
            EXPECT_GE(ticks.back(), lower + span - 2e-3 * step);
            EXPECT_LE(ticks.size(), 8u);
            const double mantissa = step / std::pow(10.0, std::floor(std::log10(step) + 1e-9));
            EXPECT_TRUE(std::abs(mantissa - 1) < 1e-3 || std::abs(mantissa - 2) < 1e-3 ||
                        std::abs(mantissa - 5) < 1e-3)
                << step;
        }
    }
}

TEST(AxisTicks, fall_back_to_one_where_there_is_no_range) {
    EXPECT_EQ(axis_ticks(2.0, 2.0, 5), std::vector<double>{2.0});
    EXPECT_EQ(axis_ticks(nan, 1.0, 5), std::vector<double>{0.0});
    EXPECT_EQ(axis_ticks(1.0, std::numeric_limits<double>::infinity(), 5), std::vector<double>{1.0});
}

TEST(Charts, leave_out_points_that_are_no_numbers) {
    const std::string picture = draw(LineChart{"t", "x", "y", {{"s", {1, 2, 3}, {0.1, nan, 0.3}}}});
    const auto markers = std::count(picture.begin(), picture.end(), 'M');
    EXPECT_EQ(markers, 2);
    EXPECT_EQ(picture.find("nan"), std::string::npos);
    EXPECT_THAT(draw(LineChart{"t", "x", "y", {{"s", {1}, {nan}}}}), HasSubstr("no data yet"));
}

TEST(Charts, say_when_only_some_of_many_points_are_drawn) {
    ParityChart chart{
        "Forces", "eV/A", std::vector<double>(10000, 0.5), std::vector<double>(10000, 0.75), 0.0, 1.0, 0};
    const std::string picture = draw(chart);
    EXPECT_LE(std::count(picture.begin(), picture.end(), 'M'), 3100);
    EXPECT_THAT(picture, HasSubstr("some of 10\xE2\x80\xAF"
                                   "000 values"));
    EXPECT_THAT(picture, HasSubstr("RMSE 0.25 eV/A"));
}

TEST(Charts, give_bars_in_proportion_to_the_longest) {
    const std::string picture =
        draw(StackedBars{"t", {"a", "b"}, {"one", "two"}, {{30.0, 10.0}, {10.0, 0.0}}});
    EXPECT_THAT(picture, HasSubstr("width:75.0%"));
    EXPECT_THAT(picture, HasSubstr("width:25.0%"));
    EXPECT_EQ(picture.find("width:0.0%"), std::string::npos);
}

/// Relative luminance of "#rrggbb" (WCAG 2.1).
double luminance(const std::string& colour) {
    double sum = 0.0;
    const double weights[] = {0.2126, 0.7152, 0.0722};
    for (std::size_t i = 0; i < 3; ++i) {
        const double channel = std::stoi(colour.substr(1 + 2 * i, 2), nullptr, 16) / 255.0;
        sum += weights[i] * (channel <= 0.03928 ? channel / 12.92 : std::pow((channel + 0.055) / 1.055, 2.4));
    }
    return sum;
}

double contrast(const std::string& a, const std::string& b) {
    const double bright = std::max(luminance(a), luminance(b));
    const double dark = std::min(luminance(a), luminance(b));
    return (bright + 0.05) / (dark + 0.05);
}

/// Values of a custom property of the style sheet: the light one, then the dark one.
std::vector<std::string> colours(const std::string& name) {
    const std::string style(style_sheet());
    const std::regex pattern("--" + name + ": (#[0-9a-f]{6})");
    std::vector<std::string> found;
    for (std::sregex_iterator match(style.begin(), style.end(), pattern), end; match != end; ++match) {
        found.push_back((*match)[1]);
    }
    return found;
}

TEST(Style, can_be_read_in_light_and_dark) {
    for (std::size_t scheme = 0; scheme < 2; ++scheme) {
        for (const char* surface : {"card", "page"}) {
            for (const char* text : {"ink", "muted", "accent"}) {
                EXPECT_GE(contrast(colours(text).at(scheme), colours(surface).at(scheme)), 4.5)
                    << text << scheme;
            }
        }
        for (int series = 0; series < 6; ++series) {
            const std::string name = "s" + std::to_string(series);
            EXPECT_GE(contrast(colours(name).at(scheme), colours("card").at(scheme)), 3.0) << name << scheme;
        }
    }
}

}  // namespace
}  // namespace fibonaqi::report
