// fibonaqi calibrate: gives a model an uncertainty.
#include <cstdio>
#include <filesystem>
#include <memory>

#include <CLI/CLI.hpp>

#include "fibonaqi/base/error.hpp"

#include "workflows/cli/calibration_output.hpp"
#include "workflows/cli/commands.hpp"
#include "workflows/cli/feature_options.hpp"
#include "workflows/cli/worker_process.hpp"

namespace fibonaqi::cli {
namespace {

struct Arguments {
    std::string model, train, validation, output, plot;
    std::string method = "posterior";
    std::size_t members = 16, seed = 0, threads = 1;
    double energy_weight = 1.0, force_weight = 100.0;
    bool fit_e0 = false, force = false;
};

void run(const Arguments& arguments) {
    if (std::filesystem::exists(arguments.output) && !arguments.force) {
        throw ConfigError("'" + arguments.output +
                          "' exists (it would be overwritten) give another name with -o, or use --force");
    }
    Json task = make_record("worker-task", 1);
    task["task"] = "calibrate";
    task["threads"] = arguments.threads;
    task["model"] = file_or_name(arguments.model);
    task["train"] = absolute(arguments.train);
    task["validation"] = absolute(arguments.validation);
    task["output"] = absolute(arguments.output);
    task["method"] = arguments.method;
    task["members"] = arguments.members;
    task["seed"] = arguments.seed;
    task["energy_weight"] = arguments.energy_weight;
    task["force_weight"] = arguments.force_weight;
    task["fit_e0"] = arguments.fit_e0;
    const Json result = run_worker(task);
    const Json& uncertainty = result.at("uncertainty");
    if (!arguments.plot.empty()) {
        write_calibration_page(arguments.plot, uncertainty, "Calibration on " + arguments.validation);
    }
    std::printf("wrote %s: %s fitted to %zu frames, calibrated on %zu\n", arguments.output.c_str(),
                arguments.method.c_str(), uncertainty.at("train_frames").get<std::size_t>(),
                uncertainty.at("validation_frames").get<std::size_t>());
    print_calibration(uncertainty);
    std::puts(
        "These frames set the scale: 'fibonaqi evaluate --uncertainty' with others tells how good it is.");
}

}  // namespace

void add_calibrate_command(CLI::App& app) {
    CLI::App* command =
        app.add_subcommand("calibrate", "give a model an uncertainty of its energies and forces");
    const auto arguments = std::make_shared<Arguments>();
    command->add_option("--model", arguments->model, "model file, or name of an installed model")->required();
    command->add_option("--train", arguments->train, "labelled frames that the model was trained on")
        ->required();
    command
        ->add_option("--validation", arguments->validation,
                     "labelled frames that it has not seen: their errors set the scale")
        ->required();
    command->add_option("-o,--output", arguments->output, "the same model with its uncertainty")->required();
    command->add_flag("--force", arguments->force, "overwrite a file that exists");
    command
        ->add_option("--method", arguments->method,
                     "posterior: of the last layer, in closed form; committee: of last layers fitted to "
                     "resampled training frames")
        ->check(CLI::IsMember({"posterior", "committee"}))
        ->capture_default_str();
    command->add_option("--members", arguments->members, "of a committee")
        ->check(CLI::Range(2, 1000))
        ->capture_default_str();
    command->add_option("--seed", arguments->seed, "of a committee's draws")->capture_default_str();
    command->add_option("--energy-weight", arguments->energy_weight, "as in training")->capture_default_str();
    command->add_option("--force-weight", arguments->force_weight, "as in training")->capture_default_str();
    command->add_flag("--fit-e0", arguments->fit_e0, "fit the reference energies E0 to the training labels");
    command->add_option("--plot", arguments->plot, "HTML page to write: errors against spreads");
    command->add_option("--threads", arguments->threads, "threads of the worker")
        ->check(CLI::Range(1, 1024))
        ->capture_default_str();
    command->callback([arguments] { run(*arguments); });
}

}  // namespace fibonaqi::cli
