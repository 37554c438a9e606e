#include "workflows/cli/calibration_output.hpp"

#include <cstdio>

#include "fibonaqi/base/file_system.hpp"
#include "fibonaqi/campaign/report_charts.hpp"
#include "fibonaqi/campaign/report_html.hpp"
#include "fibonaqi/campaign/report_style.hpp"

namespace fibonaqi::cli {
namespace {

void print_row(const char* quantity, const Json& calibration, const char* unit) {
    if (calibration.is_null()) {
        return;
    }
    std::printf("%-18s %11.4g %11.4g %9.2f %8.1f%% %8.1f%% %9.2f   %s\n", quantity,
                calibration.at("rmse").get<double>(), calibration.at("spread").get<double>(),
                calibration.at("z_spread").get<double>(), 100.0 * calibration.at("within_one").get<double>(),
                100.0 * calibration.at("within_two").get<double>(),
                calibration.at("rank_correlation").get<double>(), unit);
}

std::string chart(const Json& calibration, const std::string& title, const std::string& unit) {
    report::LineChart chart;
    chart.title = title;
    chart.x_title = "predicted spread, " + unit;
    chart.y_title = "RMSE, " + unit;
    report::Series errors{"errors of tenths of all numbers", {}, {}}, perfect{"perfect calibration", {}, {}};
    if (!calibration.is_null()) {
        for (const Json& bin : calibration.at("bins")) {
            errors.x.push_back(bin.at("spread").get<double>());
            errors.y.push_back(bin.at("error").get<double>());
        }
        perfect.x = perfect.y = {0.0, errors.x.back()};
    }
    chart.series = {errors, perfect};
    return report::draw(chart);
}

}  // namespace

void print_calibration(const Json& calibrations) {
    if (calibrations.at("energy").is_null() && calibrations.at("forces").is_null()) {
        std::puts("no labels to compare the spreads with");
        return;
    }
    std::printf("%-18s %11s %11s %9s %9s %9s %9s\n", "uncertainty", "RMSE", "spread", "z", "within 1",
                "within 2", "rank corr");
    print_row("energy per atom", calibrations.at("energy"), "eV/atom");
    print_row("forces", calibrations.at("forces"), "eV/A");
    std::puts("(perfect: z 1, 68.3 % of the errors within 1 and 95.4 % within 2 spreads)");
}

void write_calibration_page(const std::string& path, const Json& calibrations, const std::string& title) {
    const std::string page =
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" "
        "content=\"width=device-width, initial-scale=1\">\n<title>" +
        report::escape_html(title) + "</title>\n<style>" + std::string(report::style_sheet()) +
        "</style>\n</head>\n<body>\n<main>\n<h1>" + report::escape_html(title) + "</h1>\n" +
        report::paragraph(
            "All numbers sorted by their predicted spread and cut into tenths: the root mean square error of "
            "each against its root mean square spread. On the line, errors are as large as predicted.") +
        chart(calibrations.at("energy"), "Energy per atom", "eV/atom") +
        chart(calibrations.at("forces"), "Force components", "eV/A") + "</main>\n</body>\n</html>\n";
    write_file_atomically(path, page);
}

}  // namespace fibonaqi::cli
