// The top of the report: what was gained, in words and in a few numbers.
#include <cmath>

#include "fibonaqi/campaign/labels_limit.hpp"
#include "fibonaqi/campaign/report_fields.hpp"
#include "fibonaqi/campaign/report_html.hpp"
#include "fibonaqi/campaign/report_sections.hpp"

namespace fibonaqi::report {

namespace {

/// First and last measured value of one error.
struct Change {
    double before = std::nan("");
    double after = std::nan("");
    int measurements = 0;

    bool is_known() const { return measurements > 1; }
    double ratio() const { return before / after; }
};

Change change_of(const Json& summary, const std::string& key) {
    Change change;
    for (const double value : column(child(summary, "cycles"), key)) {
        if (std::isfinite(value)) {
            change.before = change.measurements == 0 ? value : change.before;
            change.after = value;
            ++change.measurements;
        }
    }
    return change;
}

std::string plural(long long count, const std::string& noun) {
    return format_count(count) + " " + noun + (count == 1 ? "" : "s");
}

/// "fell from 0.256 to 0.094 eV/A (2.7 times lower)"
std::string change_in_words(const Change& change, const std::string& unit) {
    const std::string values =
        "from " + format_number(change.before) + " to " + format_number(change.after) + " " + unit;
    if (change.ratio() > 1.02) {
        return "fell " + values + ", " + format_number(change.ratio(), 2) + " times lower";
    }
    return change.ratio() < 0.98 ? "rose " + values : "did not change (" + values + ")";
}

std::string force_sentence(const Json& summary) {
    const Change forces = change_of(summary, "test_force_rmse_eV_per_A");
    const std::string effort = plural(count(summary, "labels_total"), "label") + " in " +
                               format_seconds(number(summary, "wall_seconds"));
    if (forces.is_known()) {
        return "The force error on the held-out set " + change_in_words(forces, "eV/\xC3\x85") + ", with " +
               effort + ".";
    }
    if (forces.measurements == 1) {
        return "Before any training the force error on the held-out set is " + format_number(forces.before) +
               " eV/\xC3\x85. No later model has been measured yet.";
    }
    return "No model has been measured on the held-out set yet.";
}

std::string energy_sentence(const Json& summary) {
    Change energy = change_of(summary, "test_energy_rmse_eV_per_atom");
    energy.before *= 1000.0;
    energy.after *= 1000.0;
    return energy.is_known() ? " The energy error " + change_in_words(energy, "meV/atom") + "." : "";
}

std::string trouble_sentence(const Json& summary) {
    const auto failures = static_cast<long long>(child(summary, "failures").size());
    const auto events = static_cast<long long>(child(summary, "walker_events").size());
    std::string sentence;
    if (failures > 0) {
        sentence += " " + plural(failures, "label") + " failed and " + (failures == 1 ? "was" : "were") +
                    " left out.";
    }
    if (events > 0) {
        sentence += " Walkers left the sane region " + (events == 1 ? "once" : plural(events, "time")) +
                    " and were set back.";
    }
    return sentence;
}

std::string noise_sentence(const Json& summary) {
    const Change forces = change_of(summary, "test_force_rmse_eV_per_A");
    const std::string limit = limit_sentence(forces.after, number(summary, "label_noise_eV_per_A"));
    return limit.empty() ? "" : " " + limit;
}

std::string control_sentence(const Json& summary) {
    const std::string verdict = text(child(summary, "control"), "verdict");
    return verdict.empty() ? "" : " " + verdict;
}

std::string state_sentence(const Json& summary) {
    const std::string state = text(summary, "state");
    const std::string reason = text(summary, "stop_reason");
    if (state.empty()) {
        return "";
    }
    return " The campaign is " + state + (reason.empty() ? "." : ": " + reason + ".");
}

std::string tile(const std::string& value, const std::string& what) {
    return "<li><b>" + escape_html(value) + "</b><span>" + escape_html(what) + "</span></li>\n";
}

std::string before_after(const Change& change, double scale) {
    if (change.measurements == 0) {
        return "-";
    }
    const std::string before = format_number(scale * change.before);
    return change.is_known() ? before + " \xE2\x86\x92 " + format_number(scale * change.after) : before;
}

std::string tiles(const Json& summary) {
    const Change forces = change_of(summary, "test_force_rmse_eV_per_A");
    const Change energy = change_of(summary, "test_energy_rmse_eV_per_atom");
    const auto failures = static_cast<long long>(child(summary, "failures").size());
    return "<ul class=\"tiles\">\n" + tile(before_after(forces, 1.0), "force RMSE, eV/\xC3\x85") +
           tile(before_after(energy, 1000.0), "energy RMSE, meV/atom") +
           tile(format_count(count(summary, "labels_total")), "DFT labels") +
           tile(format_count(failures), "failed labels") +
           tile(format_seconds(number(summary, "wall_seconds")), "wall time") + "</ul>\n";
}

}  // namespace

std::string verdict_section(const Json& summary) {
    const Change forces = change_of(summary, "test_force_rmse_eV_per_A");
    const std::string mood = !forces.is_known() ? "" : forces.ratio() > 1.02 ? " good" : " bad";
    const std::string words = force_sentence(summary) + energy_sentence(summary) + noise_sentence(summary) +
                              trouble_sentence(summary) + control_sentence(summary) + state_sentence(summary);
    return "<section id=\"verdict\" class=\"verdict" + mood + "\" aria-label=\"Result\">\n" +
           paragraph(words) + tiles(summary) + "</section>\n";
}

}  // namespace fibonaqi::report
