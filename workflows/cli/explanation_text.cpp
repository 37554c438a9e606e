#include "workflows/cli/explanation_text.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include "fibonaqi/base/number_text.hpp"

namespace fibonaqi::cli {
namespace {

constexpr std::size_t most_atoms = 10;
constexpr std::size_t most_picks = 3;

std::string line(const std::string& heading, const std::string& words) {
    return "  " + heading + std::string(heading.size() < 18 ? 18 - heading.size() : 1, ' ') + words + "\n";
}

std::string plain(const Json& text) {
    return text.is_string() ? text.get<std::string>() : text.dump();
}

std::string candidate_lines(const Json& candidate) {
    const Json& now = candidate.at("temperature_K");
    return line("candidate", "walker " + candidate.at("walker").dump() + " at " +
                                 number_text(candidate.at("target_temperature_K"), "%.0f K") + ", step " +
                                 candidate.at("step").dump() +
                                 (now.is_number() ? ", " + number_text(now, "%.0f K at that moment") : "") +
                                 "; reason: " + plain(candidate.at("reason")));
}

std::string rule(const Json& selection) {
    std::string words = plain(selection.at("strategy"));
    for (const auto& [key, value] : selection.at("options").items()) {
        words += ", " + key + " " + plain(value);
    }
    words += ", seed " + selection.at("seed").dump() + ", cycle key " + selection.at("cycle").dump();
    if (selection.at("features").is_string()) {
        words += ", features " + plain(selection.at("features"));
    }
    return words;
}

std::string selection_lines(const Json& selection) {
    std::string text = line("chosen by", rule(selection));
    if (selection.at("superbatch").is_number()) {
        text += line("from", selection.at("superbatch_size").dump() + " candidates (superbatch " +
                                 selection.at("superbatch").dump() +
                                 "; its choice ended: " + plain(selection.at("stopped_because")) + ")");
    }
    text += line("score", number_text(selection.at("score"), "%.4g"));
    // 1 after a pick: a strategy that does not follow the residual.
    if (selection.at("features").is_string() && selection.at("residual_after").is_number() &&
        selection.at("residual_after") != 1.0) {
        text += line("left to explain",
                     number_text(selection.at("residual_before"), "%.4g") + " before this pick, " +
                         number_text(selection.at("residual_after"), "%.4g") +
                         " after it (squared rest of the mean row of features / its squared length)");
    }
    if (selection.at("filled").is_boolean()) {
        text += line("filled", selection.at("filled").get<bool>()
                                   ? "yes: taken by the fill policy, as nothing was left to explain"
                                   : "no");
    }
    return text;
}

std::string picks_words(Json picks) {
    std::stable_sort(picks.begin(), picks.end(), [](const Json& a, const Json& b) {
        return std::abs(a.at("overlap").get<double>()) > std::abs(b.at("overlap").get<double>());
    });
    std::string words;
    for (std::size_t i = 0; i < std::min(picks.size(), most_picks); ++i) {
        words += (i == 0 ? "" : ", ") + number_text(picks[i].at("overlap"), "%+.3f") + " with pick " +
                 picks[i].at("order").dump() + " (" + plain(picks[i].at("frame")) + ")";
    }
    return words + (picks.size() > most_picks ? ", less with the others" : "");
}

std::string features_lines(const Json& features) {
    const double length = features.at("row_norm").get<double>();
    std::string text =
        line("row of features", number_text(length, "length %.3g, ") +
                                    number_text(length / features.at("mean_row_norm").get<double>(), "%.2f") +
                                    " times the mean of its superbatch; overlap " +
                                    number_text(features.at("mean_overlap"), "%+.3f") + " with the mean row");
    const Json& nearest = features.at("nearest_labelled");
    text += line(
        "nearest label",
        nearest.is_null()
            ? "none: no frame had a label before this cycle"
            : plain(nearest.at("frame")) + ", overlap " + number_text(nearest.at("overlap"), "%+.3f") +
                  ", distance " + number_text(nearest.at("distance"), "%.3g") + " (" +
                  number_text(nearest.at("distance").get<double>() / length, "%.2f") + " of its own length)");
    if (!features.at("picks").empty()) {
        text += line("overlaps", picks_words(features.at("picks")));
    }
    for (const Json& element : features.at("elements")) {
        text +=
            line(element == features.at("elements")[0] ? "carried by" : "",
                 number_text(element.at("share"), "%5.1f %% ", 100.0) + plain(element.at("element")) + " (" +
                     element.at("atoms").dump() + (element.at("atoms") == 1 ? " atom)" : " atoms)"));
    }
    Json atoms = features.at("atoms");
    std::stable_sort(atoms.begin(), atoms.end(), [](const Json& a, const Json& b) {
        return std::abs(a.at("share").get<double>()) > std::abs(b.at("share").get<double>());
    });
    std::string words;
    for (std::size_t i = 0; i < std::min(atoms.size(), most_atoms); ++i) {
        words += (i == 0 ? "" : ", ") + plain(atoms[i].at("element")) + "(" + atoms[i].at("atom").dump() +
                 ") " + number_text(atoms[i].at("share"), "%.1f %%", 100.0);
    }
    return text +
           line("atoms", words + (atoms.size() > most_atoms
                                      ? ", less on the other " + std::to_string(atoms.size() - most_atoms)
                                      : ""));
}

std::string label_lines(const Json& label, const Json& selection) {
    const std::string status = plain(label.at("status"));
    if (status != "labelled") {
        return line("label",
                    status + (label.at("failure").is_string() ? ": " + plain(label.at("failure")) : ""));
    }
    std::string text =
        line("label", number_text(label.at("energy_eV"), "energy %.6f eV (") +
                          number_text(label.at("energy_eV_per_atom"), "%.4f per atom), largest force ") +
                          number_text(label.at("max_force_eV_per_A"), "%.3f eV/A on atom ") +
                          label.at("max_force_atom").dump() + number_text(label.at("seconds"), ", %.1f s"));
    if (label.at("force_rmse_of_model_eV_per_A").is_number()) {
        const Json& expected = selection.at("force_spread_eV_per_A");
        const Json& energy = label.at("energy_error_of_model_eV_per_atom");
        text += line("error before",
                     number_text(label.at("force_rmse_of_model_eV_per_A"), "forces %.4f eV/A") +
                         (expected.is_number() ? number_text(expected, " (expected %.4f)") : "") +
                         (energy.is_number() ? number_text(energy, ", energy %+.2f meV/atom", 1000.0) : ""));
    }
    return text;
}

}  // namespace

std::string explanation_text(const Json& record) {
    std::string text = "frame " + plain(record.at("frame")) + ": cycle " + record.at("cycle").dump() +
                       ", order " + record.at("order").dump() + " of " + record.at("picks").dump() +
                       " picks (counted from 0)\n" + candidate_lines(record.at("candidate")) +
                       selection_lines(record.at("selection"));
    if (record.at("features").is_object()) {
        text += features_lines(record.at("features"));
    }
    text += label_lines(record.at("label"), record.at("selection"));
    for (const Json& sentence : record.at("missing")) {
        text += line("not known", plain(sentence));
    }
    return text;
}

}  // namespace fibonaqi::cli
