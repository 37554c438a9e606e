#include "fibonaqi/campaign/strategy_comparison.hpp"

#include <cmath>
#include <cstdio>
#include <map>
#include <vector>

#include "fibonaqi/base/file_system.hpp"
#include "fibonaqi/base/number_text.hpp"
#include "fibonaqi/base/sample_statistics.hpp"
#include "fibonaqi/campaign/report_charts.hpp"

namespace fibonaqi {
namespace {

constexpr double significance = 0.05;
const Json::json_pointer force_rmse("/forces/rmse_eV_per_A");
const Json::json_pointer energy_mae("/energy/mae_eV_per_atom");

// Of every seed, after the round.
std::vector<double> errors_of(const Json& line, std::size_t round, const Json::json_pointer& place) {
    std::vector<double> values;
    for (const Json& run : line.at("runs")) {
        values.push_back(run.at("rounds").at(round).at(place).get<double>());
    }
    return values;
}

double mean_of(const Json& line, const char* key) {
    std::vector<double> values;
    for (const Json& run : line.at("runs")) {
        values.push_back(run.at(key).get<double>());
    }
    return spread_of(values).mean;
}

Json difference(const std::vector<double>& own, const std::vector<double>& base) {
    std::vector<double> pairs(own.size());
    for (std::size_t i = 0; i < own.size(); ++i) {
        pairs[i] = own[i] - base[i];
    }
    const Spread spread = spread_of(pairs);
    return {{"mean_eV_per_A", spread.mean},
            {"standard_error_eV_per_A", spread.standard_error ? Json(*spread.standard_error) : Json(nullptr)},
            {"p", sign_flip_p(pairs)}};
}

// Frames chosen of each group in a run, on average.
Json groups_of(const Json& line, const std::vector<std::string>& groups) {
    if (groups.empty()) {
        return nullptr;
    }
    std::map<std::string, double> counts;
    const auto runs = static_cast<double>(line.at("runs").size());
    for (const Json& run : line.at("runs")) {
        for (const Json& picks : run.at("picks")) {
            for (const Json& pick : picks) {
                counts[groups.at(pick.get<std::size_t>())] += 1.0 / runs;
            }
        }
    }
    return counts;
}

std::string in_milli(const Json& value, const char* format = "%.1f") {
    return number_text(value, format, 1e3);
}

std::string spread_text(const Json& spread) {
    return in_milli(spread.at("mean")) + " (" + in_milli(spread.at("lowest")) + "-" +
           in_milli(spread.at("highest")) + ")";
}

std::string difference_text(const Json& difference) {
    if (difference.is_null()) {
        return "";
    }
    const std::string mean = in_milli(difference.at("mean_eV_per_A"), "%+.1f");
    return difference.at("standard_error_eV_per_A").is_null()
               ? mean + ", one seed"
               : mean + " +- " + in_milli(difference.at("standard_error_eV_per_A")) + ", p " +
                     number_text(difference.at("p"), "%.3f");
}

std::string groups_text(const Json& groups) {
    std::string text;
    if (groups.is_object()) {
        for (const auto& [name, count] : groups.items()) {
            text += (text.empty() ? "" : ", ") + name + ": " + number_text(count, "%.1f");
        }
    }
    return text;
}

// "divbs is better than uniform by 4.4 meV/A (4 %), p 0.008".
std::string finding(const Json& line, const std::string& against, double base) {
    const double mean = line.at("difference").at("mean_eV_per_A").get<double>();
    return line.at("name").get<std::string>() + " is " + (mean < 0.0 ? "better" : "worse") + " than " +
           against + " by " + in_milli(Json(std::abs(mean))) + " meV/A (" +
           number_text(Json(100.0 * std::abs(mean) / base), "%.0f %%") + ", p " +
           number_text(line.at("difference").at("p"), "%.3f") + ")";
}

}  // namespace

Json strategy_comparison(const Json& runs, const std::vector<std::string>& groups) {
    Json comparison = make_record("comparison", 1);
    comparison["initial"] = runs.at("initial");
    comparison["lines"] = Json::array();
    const std::size_t last = runs.at("lines")[0].at("runs")[0].at("rounds").size() - 1;
    const std::vector<double> base = errors_of(runs.at("lines")[0], last, force_rmse);
    for (Json line : runs.at("lines")) {
        const std::vector<double> own = errors_of(line, last, force_rmse);
        line["force_rmse_eV_per_A"] = to_json(spread_of(own));
        line["energy_mae_eV_per_atom"] = to_json(spread_of(errors_of(line, last, energy_mae)));
        line["difference"] = comparison["lines"].empty() ? Json(nullptr) : difference(own, base);
        line["groups"] = groups_of(line, groups);
        comparison["lines"].push_back(std::move(line));
    }
    comparison["verdict"] = strategy_verdict(comparison);
    return comparison;
}

std::string strategy_verdict(const Json& comparison) {
    const Json& lines = comparison.at("lines");
    const std::string against = lines[0].at("name").get<std::string>();
    const double base = lines[0].at("force_rmse_eV_per_A").at("mean").get<double>();
    const auto compared = static_cast<double>(lines.size() - 1);
    const std::size_t seeds = lines[0].at("runs").size();
    std::string text;
    for (std::size_t i = 1; i < lines.size(); ++i) {
        if (lines[i].at("difference").at("p").get<double>() * compared <= significance) {
            text += (text.empty() ? "" : "; ") + finding(lines[i], against, base);
        }
    }
    if (!text.empty()) {
        return text + ".";
    }
    text = "No line differs from " + against + " beyond chance.";
    std::size_t needed = seeds;
    while (sign_flip_floor(needed) * compared > significance) {
        ++needed;
    }
    return needed == seeds ? text
                           : text + " With so few seeds none could: of " + std::to_string(lines.size()) +
                                 " lines, " + std::to_string(needed) + " seeds can show a difference.";
}

std::string strategy_table(const Json& comparison) {
    std::string text =
        "| line | test forces RMSE [meV/A] (range) | against " +
        comparison.at("lines")[0].at("name").get<std::string>() +
        " | energies MAE [meV/atom] | chosen of each group | selection [CPU s] | training [CPU s] |\n"
        "|---|---|---|---|---|---|---|\n| (start) | " +
        in_milli(comparison.at("initial").at(force_rmse)) + " | | " +
        in_milli(comparison.at("initial").at(energy_mae)) + " | | | |\n";
    for (const Json& line : comparison.at("lines")) {
        text += "| " + line.at("name").get<std::string>() + " | " +
                spread_text(line.at("force_rmse_eV_per_A")) + " | " + difference_text(line.at("difference")) +
                " | " + in_milli(line.at("energy_mae_eV_per_atom").at("mean")) + " | " +
                groups_text(line.at("groups")) + " | " +
                number_text(Json(mean_of(line, "selection_cpu_seconds")), "%.1f") + " | " +
                number_text(Json(mean_of(line, "training_cpu_seconds")), "%.1f") + " |\n";
    }
    return text + "\n" + comparison.at("verdict").get<std::string>() + "\n";
}

void write_strategy_chart(const std::filesystem::path& file, const Json& comparison) {
    report::LineChart chart{
        "Force error against labels", "labels", "force RMSE on the test frames, eV/A", {}};
    for (const Json& line : comparison.at("lines")) {
        report::Series series{line.at("name").get<std::string>(), {}, {}};
        const Json& rounds = line.at("runs")[0].at("rounds");
        for (std::size_t round = 0; round < rounds.size(); ++round) {
            const Spread spread = spread_of(errors_of(line, round, force_rmse));
            series.x.push_back(rounds[round].at("labels").get<double>());
            series.y.push_back(spread.mean);
            series.lower.push_back(spread.lowest);
            series.upper.push_back(spread.highest);
        }
        chart.series.push_back(std::move(series));
    }
    write_file_atomically(file, svg_file(chart));
}

}  // namespace fibonaqi
