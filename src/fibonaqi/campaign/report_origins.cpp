// Where the labels came from and what went wrong on the way.
#include <algorithm>
#include <map>
#include <set>
#include <vector>

#include "fibonaqi/campaign/report_fields.hpp"
#include "fibonaqi/campaign/report_html.hpp"
#include "fibonaqi/campaign/report_sections.hpp"

namespace fibonaqi::report {

namespace {

std::string short_number(const Json& object, const std::string& key) {
    return format_number(number(object, key));
}

/// A walker at its temperature: one row of the table of origins. Sorted by temperature.
struct Walker {
    double temperature_K = 0.0;
    std::string name;

    bool operator<(const Walker& other) const {
        return temperature_K != other.temperature_K ? temperature_K < other.temperature_K : name < other.name;
    }
};

Walker walker_of(const Json& entry) {
    const double temperature = number(entry, "temperature_K");
    return {temperature == temperature ? temperature : 0.0, text(entry, "walker")};
}

std::string heat_cell(long long value, long long largest) {
    const double share = largest > 0 ? static_cast<double>(value) / static_cast<double>(largest) : 0.0;
    return "<td class=\"number heat\" style=\"--share:" + format_number(share, 2) + "\">" +
           (value == 0 ? "\xC2\xB7" : format_count(value)) + "</td>";
}

/// Labels counted by walker (rows) and cycle (columns).
class OriginTable {
  public:
    explicit OriginTable(const Json& labels) {
        for (const Json& label : labels) {
            const long long cycle = count(label, "cycle");
            cycles_.insert(cycle);
            largest_ = std::max(largest_, ++counts_[walker_of(label)][cycle]);
        }
    }

    std::string html() const {
        std::string out =
            "<div class=\"scroll\" tabindex=\"0\"><table>\n<thead><tr><th scope=\"col\">walker</th>"
            "<th scope=\"col\" class=\"number\">temperature, K</th>";
        for (const long long cycle : cycles_) {
            out += "<th scope=\"col\" class=\"number\">cycle " + std::to_string(cycle) + "</th>";
        }
        out += "</tr></thead>\n<tbody>\n";
        for (const auto& [walker, by_cycle] : counts_) {
            out += "<tr><th scope=\"row\">" + escape_html(walker.name) + "</th><td class=\"number\">" +
                   format_number(walker.temperature_K, 4) + "</td>";
            for (const long long cycle : cycles_) {
                const auto found = by_cycle.find(cycle);
                out += heat_cell(found == by_cycle.end() ? 0 : found->second, largest_);
            }
            out += "</tr>\n";
        }
        return out + "</tbody></table></div>\n";
    }

  private:
    std::set<long long> cycles_;
    std::map<Walker, std::map<long long, long long>> counts_;
    long long largest_ = 0;
};

/// How often each value of `key` occurs, most frequent first.
std::vector<std::pair<std::string, long long>> tally(const Json& rows, const std::string& key) {
    std::map<std::string, long long> counts;
    for (const Json& row : rows) {
        ++counts[text(row, key)];
    }
    std::vector<std::pair<std::string, long long>> sorted(counts.begin(), counts.end());
    std::stable_sort(sorted.begin(), sorted.end(),
                     [](const auto& a, const auto& b) { return a.second > b.second; });
    return sorted;
}

std::string reason_in_words(const std::string& reason) {
    if (reason == "harvest") {
        return "regular sampling along MD";
    }
    const std::string mark = "before_";
    if (reason.rfind(mark, 0) == 0) {
        return "just before an event: " + reason.substr(mark.size());
    }
    return reason.empty() ? "not recorded" : reason;
}

std::string reasons(const Json& labels) {
    Table table({{"why it was a candidate", false}, {"labels", true}});
    for (const auto& [reason, times] : tally(labels, "reason")) {
        table.add_row({reason_in_words(reason), format_count(times)});
    }
    return table.html();
}

/// Labels without those of the held-out set, which nobody chose, and of controls.
Json chosen_ones(const Json& labels) {
    Json chosen = Json::array();
    for (const Json& label : labels) {
        const std::string purpose = text(label, "purpose");
        if (purpose != "test" && !purpose.starts_with("control-")) {
            chosen.push_back(label);
        }
    }
    return chosen;
}

std::string label_list(const Json& labels) {
    Table table({{"purpose", false},
                 {"cycle", true},
                 {"order", true},
                 {"walker", false},
                 {"temperature, K", true},
                 {"MD step", true},
                 {"score", true},
                 {"status", false},
                 {"DFT time", true},
                 {"frame", false}});
    for (const Json& label : labels) {
        table.add_row({text(label, "purpose"), text(label, "cycle"), text(label, "order"),
                       text(label, "walker"), format_number(number(label, "temperature_K"), 4),
                       text(label, "step"), short_number(label, "score"), text(label, "status"),
                       format_seconds(number(label, "seconds")), text(label, "id")});
    }
    return details("all " + format_count(static_cast<long long>(labels.size())) + " labels", table.html());
}

std::string tally_table(const Json& rows, const std::string& heading, const std::string& counted) {
    Table table({{heading, false}, {counted, true}});
    for (const auto& [kind, times] : tally(rows, "kind")) {
        table.add_row({kind, format_count(times)});
    }
    return table.html();
}

}  // namespace

std::string origins_section(const Json& summary) {
    const Json& labels = child(summary, "labels");
    if (labels.empty()) {
        return "";
    }
    const Json chosen = chosen_ones(labels);
    const std::string tables = chosen.empty() ? "" : OriginTable(chosen).html() + reasons(chosen);
    return section("origins", "Where the labels came from", tables + label_list(labels));
}

std::string failures_section(const Json& summary) {
    const Json& failures = child(summary, "failures");
    if (failures.empty()) {
        return child(summary, "labels").empty()
                   ? ""
                   : section("failures", "Failed labels", paragraph("None: every label was accepted."));
    }
    Table table({{"cycle", true}, {"kind", false}, {"evidence", false}, {"frame", false}, {"files", false}});
    for (const Json& failure : failures) {
        table.add_row({text(failure, "cycle"), text(failure, "kind"), text(failure, "evidence"),
                       text(failure, "id"), text(failure, "directory")});
    }
    return section("failures", "Failed labels",
                   paragraph("A failed label is left out of training; its files are kept.") +
                       tally_table(failures, "kind of failure", "labels") + table.html());
}

std::string walkers_section(const Json& summary) {
    const Json& events = child(summary, "walker_events");
    if (events.empty()) {
        return "";
    }
    Table table({{"cycle", true},
                 {"walker", false},
                 {"target, K", true},
                 {"step", true},
                 {"temperature, K", true},
                 {"event", false},
                 {"value", true},
                 {"limit", true},
                 {"shortest distance, \xC3\x85", true},
                 {"message", false}});
    for (const Json& event : events) {
        table.add_row({text(event, "cycle"), text(event, "walker"),
                       format_number(number(event, "target_temperature_K"), 4), text(event, "step"),
                       format_number(number(event, "temperature_K"), 4), text(event, "kind"),
                       short_number(event, "value"), short_number(event, "limit"),
                       short_number(event, "shortest_distance_A"), text(event, "message")});
    }
    return section(
        "walkers", "Walkers that left the sane region",
        paragraph("A walker that does so is stopped and set back to a sane frame; its last sane frames "
                  "become candidates.") +
            tally_table(events, "event", "times") + table.html());
}

}  // namespace fibonaqi::report
