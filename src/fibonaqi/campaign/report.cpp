#include "fibonaqi/campaign/report.hpp"

#include <string_view>

#include "fibonaqi/campaign/report_fields.hpp"
#include "fibonaqi/campaign/report_html.hpp"
#include "fibonaqi/campaign/report_sections.hpp"
#include "fibonaqi/campaign/report_style.hpp"

namespace fibonaqi {

namespace {

// Nothing may be loaded from anywhere, whatever slips into the page: styles of its own are all it needs.
constexpr std::string_view content_policy = "default-src 'none'; style-src 'unsafe-inline'";

std::string head(const std::string& title) {
    return "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>\n"
           "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n"
           "<meta http-equiv=\"Content-Security-Policy\" content=\"" +
           std::string(content_policy) + "\"/>\n<title>" + report::escape_html(title) + "</title>\n<style>" +
           std::string(report::style_sheet()) + "</style>\n</head>\n";
}

/// "2026-01-31T12:00:00Z" as "2026-01-31 12:00 UTC"; other forms as they are.
std::string moment_in_words(const std::string& moment) {
    const bool is_utc = moment.size() == 20 && moment[10] == 'T' && moment.back() == 'Z';
    return is_utc ? moment.substr(0, 10) + " " + moment.substr(11, 5) + " UTC" : moment;
}

std::string subtitle(const Json& summary) {
    std::string words = "FIBonAQi campaign report";
    const std::string version = report::text(summary, "fibonaqi_version");
    const std::string start = report::text(summary, "started_at");
    words += version.empty() ? "" : ", version " + version;
    words += start.empty() ? "" : ", begun " + moment_in_words(start);
    return report::paragraph(words, "subtitle");
}

}  // namespace

std::string render_report(const Json& summary) {
    using namespace report;
    const std::string name = text(summary, "name");
    const std::string title = name.empty() ? "Campaign" : name;
    std::string page = head(title + " \xE2\x80\x93 FIBonAQi report") + "<body>\n<main>\n<h1>" +
                       escape_html(title) + "</h1>\n" + subtitle(summary);
    for (const auto part : {verdict_section, learning_section, control_section, parity_section,
                            cycles_section, origins_section, map_section, failures_section, walkers_section,
                            costs_section, training_section, lineage_section, settings_section}) {
        page += part(summary);
    }
    return page + "</main>\n</body>\n</html>\n";
}

}  // namespace fibonaqi
