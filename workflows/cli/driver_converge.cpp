#include "workflows/cli/driver_converge.hpp"

#include <algorithm>
#include <filesystem>
#include <iostream>
#include <memory>
#include <optional>
#include <set>

#include <CLI/CLI.hpp>

#include "fibonaqi/atoms/extxyz.hpp"
#include "fibonaqi/base/error.hpp"
#include "fibonaqi/base/file_system.hpp"
#include "fibonaqi/campaign/campaign_status.hpp"
#include "fibonaqi/label/sanity.hpp"

#include "dft_drivers/builtin_drivers.hpp"
#include "workflows/cli/converge_run.hpp"
#include "workflows/cli/converge_text.hpp"
#include "workflows/composition/driver_file.hpp"

namespace fibonaqi::cli {
namespace {

namespace fs = std::filesystem;

struct ConvergeArguments {
    std::string driver, data, work = "converge", campaign, json, picture;
    std::vector<std::string> axes;
    std::size_t frames = 4, slots = 1;
    double model_error = 0.0, share = 0.2, time_limit_seconds = 600.0;
};

// Evenly over the file: the frames of one walker are alike.
std::vector<Frame> some_frames(const fs::path& file, std::size_t wanted) {
    const std::vector<Frame> all = read_extxyz(file).frames;
    if (all.empty()) {
        throw FormatError(file.string() +
                          ": has no frame (a few of the kind that is to be labelled are needed) "
                          "add some");
    }
    const std::size_t count = std::min(wanted, all.size());
    std::vector<Frame> some;
    for (std::size_t i = 0; i < count; ++i) {
        some.push_back(all[i * all.size() / count]);
    }
    return some;
}

void expect_possible(const LabelDriver& driver, const std::vector<Frame>& frames) {
    expect_labels_possible(driver, frames);
    for (const Frame& frame : frames) {
        const LabelRequest request = label_request(frame, driver);
        auto problem = capability_problem(driver, request);
        problem = problem ? problem : driver.problem_with(request);
        if (problem) {
            throw DriverError("a frame cannot be labelled (" + to_string(problem->kind) + ": " +
                              problem->evidence + ") take other frames");
        }
    }
}

// Of the latest model that was measured on the test set.
double error_of_campaign(const fs::path& folder) {
    const auto error = latest_force_error(campaign_status(CampaignLayout(folder)));
    if (!error) {
        throw ConfigError("the campaign in '" + folder.string() +
                          "' has measured no model yet (its test error is what noise is held against) give "
                          "--model-error instead");
    }
    return *error;
}

std::optional<double> error_of_model(const ConvergeArguments& arguments) {
    if (arguments.campaign.empty()) {
        return arguments.model_error > 0.0 ? std::optional(arguments.model_error) : std::nullopt;
    }
    if (arguments.model_error > 0.0) {
        throw ConfigError("--model-error and --campaign both say how wrong the model is; leave one out");
    }
    return error_of_campaign(arguments.campaign);
}

std::string text_of(const char* format, double a, double b = 0.0) {
    char text[160];
    std::snprintf(text, sizeof text, format, a, b);
    return text;
}

void print_summary(const NoiseRecord& record, const Json& changed) {
    std::vector<double> own;
    for (const MeasuredAxis& axis : record.axes) {
        own.push_back(axis.own_point().noise.force_rmse_eV_per_A);
    }
    std::cout << "\nas configured: force noise " << text_of("%.3g eV/A", combined_noise(own))
              << " (root of the sum of squares over the axes)\n";
    for (const MeasuredAxis& axis : record.axes) {
        if (axis.own == axis.points.back().value) {
            std::cout << axis.name << " is configured as " << axis.own
                      << ", the densest value that was scanned: its own noise is not in this number\n";
        }
    }
    if (!record.limit_eV_per_A) {
        std::cout
            << "how much of it can be borne depends on the model: give its force error by --model-error "
               "or --campaign for a recommendation\n";
        return;
    }
    std::cout << noise_advice(record);
    std::cout << (changed.empty() ? "nothing to change in the driver's configuration\n"
                                  : "to change in the driver's configuration:\n" + changed.dump(2) + "\n");
}

std::string counted(std::size_t count, const std::string& one, const std::string& many) {
    return std::to_string(count) + " " + (count == 1 ? one : many);
}

void say_what_is_done(const LabelDriver& driver, const std::vector<PlannedAxis>& axes,
                      const std::vector<Frame>& frames) {
    std::set<std::string> settings;
    for (const PlannedAxis& axis : axes) {
        for (const PlannedPoint& point : axis.points) {
            settings.insert(point.fingerprint);
        }
    }
    std::cout << driver.name() << ": " << counted(axes.size(), "axis", "axes") << ", "
              << counted(settings.size(), "setting", "settings") << ", "
              << counted(frames.size(), "frame", "frames") << ": " << settings.size() * frames.size()
              << " labels\n";
}

void converge(const ConvergeArguments& arguments) {
    const std::unique_ptr<LabelDriver> driver = read_driver(arguments.driver, "");
    const std::vector<Frame> frames = some_frames(arguments.data, arguments.frames);
    expect_possible(*driver, frames);
    const std::optional<double> error = error_of_model(arguments);
    const std::vector<PlannedAxis> axes = plan_axes(*driver, frames.front().structure, arguments.axes);
    say_what_is_done(*driver, axes, frames);
    NoiseRecord record{driver->name(), frames.size(), {}};
    record.axes = measure(
        axes, frames, {fs::absolute(arguments.work), arguments.slots, arguments.time_limit_seconds, false});
    Recommendation best{{}, Json::object()};
    if (error) {
        record.limit_eV_per_A = arguments.share * *error;
        best = recommendation(*driver, axes, record.axes, *record.limit_eV_per_A);
        record.recommended_fingerprint = make_driver(best.configuration, "/")->fingerprint();
    }
    std::cout << noise_tables(record);
    if (error) {
        std::cout << "\nlimit: " << text_of("%.3g eV/A", *record.limit_eV_per_A)
                  << text_of(" = %g x %.3g eV/A, the model's force error", arguments.share, *error);
    }
    print_summary(record, best.changed);
    if (!arguments.json.empty()) {
        write_json(arguments.json, to_json(record));
        std::cout << "written to " << arguments.json
                  << "; as label.noise of a campaign it tells where labels "
                     "limit learning\n";
    }
    if (!arguments.picture.empty()) {
        write_file_atomically(arguments.picture, noise_picture(record));
    }
}

}  // namespace

void add_driver_converge_command(CLI::App& driver) {
    CLI::App* command = driver.add_subcommand(
        "converge",
        "label a few frames at several values of mesh, cut-off, smearing, thresholds, one at a time: what "
        "cheaper labels lose, and which are good enough for a model; run it again to go on after a stop");
    const auto arguments = std::make_shared<ConvergeArguments>();
    command->add_option("driver", arguments->driver, "driver configuration, JSON: {\"type\": \"qe\", ...}")
        ->required();
    command->add_option("--data", arguments->data, "frames of the kind that is to be labelled, extended XYZ")
        ->required();
    command->add_option("--frames", arguments->frames, "so many of them, evenly over the file")
        ->check(CLI::Range(1, 1000))
        ->capture_default_str();
    command->add_option(
        "--axis", arguments->axes,
        "NAME or NAME=VALUE,VALUE,...: one setting to scan, several times (default: all that the "
        "driver knows); NAME may be the path of a number in its configuration");
    command->add_option("--model-error", arguments->model_error, "force error of the present model [eV/A]")
        ->check(CLI::PositiveNumber);
    command->add_option("--campaign", arguments->campaign,
                        "campaign folder: the test error of its latest model instead");
    command->add_option("--share", arguments->share, "noise up to this share of that error is good enough")
        ->check(CLI::Range(0.001, 1.0))
        ->capture_default_str();
    command->add_option("--work", arguments->work, "folder of the ledger and of every run")
        ->capture_default_str();
    command->add_option("--slots", arguments->slots, "labels computed at the same time")
        ->check(CLI::Range(1, 4096))
        ->capture_default_str();
    command->add_option("--time-limit", arguments->time_limit_seconds, "longest run of one label [s]")
        ->check(CLI::PositiveNumber)
        ->capture_default_str();
    command->add_option("--json", arguments->json, "file to write the measured noise to");
    command->add_option("--picture", arguments->picture, "SVG file: noise against CPU seconds");
    command->callback([arguments] { converge(*arguments); });
}

}  // namespace fibonaqi::cli
