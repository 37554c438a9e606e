#include "workflows/cli/learning_curve.hpp"

#include <cmath>
#include <cstdio>
#include <optional>
#include <string>

#include "fibonaqi/base/file_system.hpp"
#include "fibonaqi/base/sample_statistics.hpp"
#include "fibonaqi/campaign/report_charts.hpp"

namespace fibonaqi::cli {
namespace {

namespace fs = std::filesystem;

constexpr const char* force_column = "validation_force_rmse_eV_per_A";

// Of a row of the curve, in the order of the file.
constexpr const char* columns[] = {
    "epoch", "stage",      "effective_epochs", "seconds",    "learning_rate",
    "ratio", "train_loss", "validation_loss",  force_column, "validation_energy_rmse_eV_per_atom"};
constexpr const char* selection_columns[] = {"superbatches", "exhausted",         "filled",   "rejected",
                                             "outliers",     "largest_condition", "gradients"};

std::string text_of(const Json& value) {
    if (value.is_null()) {
        return "";
    }
    return value.is_string() ? value.get<std::string>() : value.dump();
}

std::string csv_of(const std::vector<SeedResult>& results) {
    std::string text = "seed";
    for (const char* column : columns) {
        text += std::string(",") + column;
    }
    for (const char* column : selection_columns) {
        text += std::string(",selection_") + column;
    }
    for (const SeedResult& one : results) {
        for (const Json& row : one.result.at("curve")) {
            text += "\n" + std::to_string(one.seed);
            for (const char* column : columns) {
                text += "," + text_of(row.at(column));
            }
            for (const char* column : selection_columns) {
                text += "," + text_of(row.at("selection").at(column));
            }
        }
    }
    return text + "\n";
}

bool has_values(const std::vector<SeedResult>& results, const char* column) {
    const Json& curve = results.front().result.at("curve");
    return !curve.empty() && curve.front().at(column).is_number();
}

// `x` is a column of the curve.
report::LineChart chart_of(const std::vector<SeedResult>& results, const char* x,
                           const std::string& x_title) {
    const bool has_forces = has_values(results, force_column);
    report::LineChart chart;
    chart.title = has_forces ? "Validation force RMSE" : "Validation loss";
    chart.x_title = x_title;
    chart.y_title = has_forces ? "RMSE, eV/A" : "loss";
    chart.has_markers = false;
    for (const SeedResult& one : results) {
        report::Series series;
        series.name = "seed " + std::to_string(one.seed);
        for (const Json& row : one.result.at("curve")) {
            const Json& value = row.at(has_forces ? force_column : "validation_loss");
            series.x.push_back(row.at(x).get<double>());
            series.y.push_back(value.is_number() ? value.get<double>() : std::nan(""));
        }
        chart.series.push_back(std::move(series));
    }
    return chart;
}

std::optional<double> error_of(const Json& result, const Json::json_pointer& place) {
    const Json& after = result.at("validation").at("after");
    const bool is_known = after.is_object() && after.contains(place) && after.at(place).is_number();
    return is_known ? std::optional(after.at(place).get<double>()) : std::nullopt;
}

}  // namespace

std::vector<fs::path> write_curves(const fs::path& name, const std::vector<SeedResult>& results) {
    std::vector<fs::path> written;
    const auto write = [&](const char* ending, const std::string& text) {
        if (!text.empty()) {
            written.emplace_back(name.string() + ending);
            write_file_atomically(written.back(), text);
        }
    };
    write(".csv", csv_of(results));
    write(".frames.svg",
          svg_file(chart_of(results, "effective_epochs", "frames trained on / training frames")));
    write(".seconds.svg", svg_file(chart_of(results, "seconds", "seconds")));
    return written;
}

void print_spread(const std::vector<SeedResult>& results) {
    struct Row {
        const char* name;
        Json::json_pointer place;
        double factor;
    };
    const Row rows[] = {{"force RMSE [eV/A]", Json::json_pointer("/forces/rmse_eV_per_A"), 1.0},
                        {"force MAE [eV/A]", Json::json_pointer("/forces/mae_eV_per_A"), 1.0},
                        {"energy RMSE [meV/atom]", Json::json_pointer("/energy/rmse_eV_per_atom"), 1e3},
                        {"energy MAE [meV/atom]", Json::json_pointer("/energy/mae_eV_per_atom"), 1e3}};
    std::printf("on the validation frames, after, %zu seeds: mean and standard deviation\n", results.size());
    for (const Row& row : rows) {
        std::vector<double> values;
        for (const SeedResult& one : results) {
            if (const auto value = error_of(one.result, row.place)) {
                values.push_back(row.factor * *value);
            }
        }
        if (!values.empty()) {
            const Spread spread = spread_of(values);
            std::printf("%-24s %9.4f +- %.4f  (", row.name, spread.mean,
                        spread.standard_deviation.value_or(0.0));
            for (std::size_t i = 0; i < values.size(); ++i) {
                std::printf("%s%.4f", i == 0 ? "" : ", ", values[i]);
            }
            std::puts(")");
        }
    }
}

}  // namespace fibonaqi::cli
