#include "workflows/cli/feature_options.hpp"

#include <filesystem>

#include <CLI/CLI.hpp>

namespace fibonaqi::cli {

void add_feature_options(CLI::App& command, FeatureArguments& arguments) {
    command
        .add_option("--kind", arguments.kind,
                    "loss_gradient (needs labels), prediction_gradient or embedding (label-free)")
        ->capture_default_str();
    command
        .add_option("--loss", arguments.loss,
                    "what an error counts, as in training: weighted (its square), huber or universal")
        ->capture_default_str();
    command
        .add_option("--huber-delta", arguments.huber_delta,
                    "of huber and universal: where an error begins to count linearly [eV per atom, "
                    "eV/angstrom, eV/angstrom^3]")
        ->capture_default_str();
    command.add_option("--energy-weight", arguments.energy_weight, "of ((E-E*)/N)^2 in the loss")
        ->capture_default_str();
    command.add_option("--force-weight", arguments.force_weight, "of the mean of (F-F*)^2 in the loss")
        ->capture_default_str();
    command
        .add_option("--stress-weight", arguments.stress_weight,
                    "of the mean of (stress-stress*)^2 in the loss")
        ->capture_default_str();
    command
        .add_option("--force-normalisation", arguments.force_normalisation,
                    "per_structure, or batch_atoms (mean over all atoms)")
        ->capture_default_str();
    command.add_flag("--fit-e0", arguments.fit_e0, "fit the reference energies E0 to the labels first");
    command.add_option("--dtype", arguments.dtype, "float32 or float64")->capture_default_str();
    command.add_option("--chunk", arguments.chunk, "frames evaluated at once")
        ->check(CLI::Range(1, 100000))
        ->capture_default_str();
    command.add_option("--threads", arguments.threads, "threads of the worker")
        ->check(CLI::Range(1, 1024))
        ->capture_default_str();
}

std::string absolute(const std::string& path) {
    return path.empty() ? path : std::filesystem::absolute(path).string();
}

std::string file_or_name(const std::string& given) {
    return std::filesystem::exists(given) ? absolute(given) : given;
}

Json feature_task(const std::string& task, const FeatureArguments& arguments) {
    Json record = make_record("worker-task", 1);
    record["task"] = task;
    record["threads"] = arguments.threads;
    record["model"] = file_or_name(arguments.model);
    record["data"] = absolute(arguments.data);
    record["kind"] = arguments.kind;
    record["loss"] = Json{{"kind", arguments.loss},
                          {"huber_delta", arguments.huber_delta},
                          {"energy_weight", arguments.energy_weight},
                          {"force_weight", arguments.force_weight},
                          {"stress_weight", arguments.stress_weight},
                          {"force_normalisation", arguments.force_normalisation},
                          {"fit_e0", arguments.fit_e0}};
    record["dtype"] = arguments.dtype;
    record["chunk"] = arguments.chunk;
    return record;
}

}  // namespace fibonaqi::cli
