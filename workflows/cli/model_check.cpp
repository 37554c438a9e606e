// fibonaqi model check: physics of a model where no test set looks.
#include "workflows/cli/model_check.hpp"

#include <cstdio>
#include <memory>

#include <CLI/CLI.hpp>

#include "fibonaqi/base/error.hpp"

#include "workflows/cli/feature_options.hpp"
#include "workflows/cli/worker_process.hpp"

namespace fibonaqi::cli {
namespace {

struct Arguments {
    std::string model, structure, against, json;
    double temperature = 300.0;
    std::size_t steps = 300, threads = 1;
};

void run(const Arguments& arguments) {
    Json task = make_record("worker-task", 1);
    task["task"] = "physics";
    task["threads"] = arguments.threads;
    task["model"] = file_or_name(arguments.model);
    task["structure"] = absolute(arguments.structure);
    task["nve"] = Json{{"temperature_K", arguments.temperature}, {"steps", arguments.steps}};
    if (!arguments.against.empty()) {
        task["previous"] = file_or_name(arguments.against);
    }
    const Json result = run_worker(task);
    if (!arguments.json.empty()) {
        write_json(arguments.json, result);
    }
    for (const Json& check : result.at("checks")) {
        std::printf("%-6s  %-24s  %s\n", check.at("passed").get<bool>() ? "passed" : "FAILED",
                    check.at("check").get<std::string>().c_str(),
                    check.at("finding").get<std::string>().c_str());
    }
    if (!result.at("passed").get<bool>()) {
        throw ModelError("'" + arguments.model +
                             "' failed a check of its physics (above) do not run long MD with it; train with "
                             "more or other labels",
                         ExitCode::refused);
    }
}

}  // namespace

void declare_model_check(CLI::App& model) {
    CLI::App* command = model.add_subcommand(
        "check", "energy against volume, dimers, energy conservation, force constants of a model");
    const auto arguments = std::make_shared<Arguments>();
    command->add_option("model", arguments->model, "model file, or name of an installed model")->required();
    command
        ->add_option("--structure", arguments->structure,
                     "extended XYZ: the first frame, best near its equilibrium")
        ->required();
    command->add_option("--against", arguments->against,
                        "the model that it follows: changes beyond the limits fail too");
    command->add_option("--temperature", arguments->temperature, "of the run at constant energy [K]")
        ->check(CLI::PositiveNumber)
        ->capture_default_str();
    command->add_option("--steps", arguments->steps, "of that run, 1 fs each")
        ->check(CLI::Range(2, 10000000))
        ->capture_default_str();
    command->add_option("--json", arguments->json, "file for all that was measured, as JSON");
    command->add_option("--threads", arguments->threads, "threads of the worker")
        ->check(CLI::Range(1, 1024))
        ->capture_default_str();
    command->callback([arguments] { run(*arguments); });
}

}  // namespace fibonaqi::cli
