// fibonaqi evaluate: errors of a model on labelled frames, and its predictions.
#include <cstdio>
#include <memory>

#include <CLI/CLI.hpp>

#include "fibonaqi/base/error.hpp"

#include "workflows/cli/calibration_output.hpp"
#include "workflows/cli/commands.hpp"
#include "workflows/cli/error_table.hpp"
#include "workflows/cli/feature_options.hpp"
#include "workflows/cli/worker_process.hpp"

namespace fibonaqi::cli {
namespace {

struct Arguments {
    std::string model, data, json, write, plot;
    std::string dtype = "float64";
    std::size_t threads = 1;
    bool fit_e0 = false, uncertainty = false, as_labels = false;
};

void run(const Arguments& arguments) {
    Json task = make_record("worker-task", 1);
    task["task"] = "evaluate";
    task["threads"] = arguments.threads;
    task["model"] = file_or_name(arguments.model);
    task["data"] = absolute(arguments.data);
    task["dtype"] = arguments.dtype;
    task["fit_e0"] = arguments.fit_e0;
    task["uncertainty"] = arguments.uncertainty || !arguments.plot.empty();
    if (!arguments.write.empty()) {
        task["write"] = absolute(arguments.write);
        task["as_labels"] = arguments.as_labels;
    } else if (arguments.as_labels) {
        throw ConfigError(
            "--as-labels is given without --write (it says how that file is written) name the file");
    }
    const Json result = run_worker(task);
    if (!arguments.json.empty()) {
        write_json(arguments.json, result);
    }
    std::printf("%s: %zu frames, %s, %.1f s\n", arguments.data.c_str(),
                result.at("frames").get<std::size_t>(), arguments.dtype.c_str(),
                result.at("seconds").get<double>());
    print_errors(result);
    if (result.contains("uncertainty")) {
        print_calibration(result.at("uncertainty"));
    }
    if (!arguments.plot.empty()) {
        write_calibration_page(arguments.plot, result.at("uncertainty"), "Calibration on " + arguments.data);
    }
}

}  // namespace

void add_evaluate_command(CLI::App& app) {
    CLI::App* command = app.add_subcommand("evaluate", "errors of a model on labelled frames");
    const auto arguments = std::make_shared<Arguments>();
    command->add_option("--model", arguments->model, "model file, or name of an installed model")->required();
    command->add_option("--data", arguments->data, "frames, extended XYZ")->required();
    command->add_option("--dtype", arguments->dtype, "float32 or float64")->capture_default_str();
    command->add_flag("--fit-e0", arguments->fit_e0, "fit the reference energies E0 to the labels first");
    command->add_flag("--uncertainty", arguments->uncertainty,
                      "predict spreads and compare them with the errors (the model must be calibrated)");
    command->add_option("--plot", arguments->plot,
                        "HTML page to write: errors against spreads (implies --uncertainty)");
    command->add_option("--json", arguments->json, "file for the errors as JSON");
    command->add_option(
        "--write", arguments->write,
        "extended XYZ to write: the frames with energy, forces, stress, node_energy, and spreads where "
        "asked for");
    command->add_flag("--as-labels", arguments->as_labels,
                      "write them as labels (REF_energy, REF_forces, REF_stress), for another model to be "
                      "trained on: distillation");
    command->add_option("--threads", arguments->threads, "threads of the worker")
        ->check(CLI::Range(1, 1024))
        ->capture_default_str();
    command->callback([arguments] { run(*arguments); });
}

}  // namespace fibonaqi::cli
