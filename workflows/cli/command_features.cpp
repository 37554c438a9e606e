// fibonaqi features: one row of features per frame, as .npy.
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "workflows/cli/commands.hpp"
#include "workflows/cli/feature_options.hpp"
#include "workflows/cli/worker_process.hpp"

namespace fibonaqi::cli {
namespace {

struct Arguments {
    FeatureArguments features;
    std::string output;
};

std::string description(const std::vector<std::string>& kinds) {
    std::string text;
    for (const std::string& kind : kinds) {
        text += (text.empty() ? "" : " + ") + kind;
    }
    return text;
}

void run(const Arguments& arguments) {
    Json task = feature_task("features", arguments.features);
    task["output"] = absolute(arguments.output);
    const Json result = run_worker(task);
    std::printf("%s: %zu rows x %zu columns (%s, %.1f s)\n", arguments.output.c_str(),
                result.at("rows").get<std::size_t>(), result.at("columns").get<std::size_t>(),
                description(arguments.features.kinds).c_str(), result.at("seconds").get<double>());
}

}  // namespace

void add_features_command(CLI::App& app) {
    CLI::App* command = app.add_subcommand(
        "features", "features of frames: gradients of the last layer, embeddings, distances");
    const auto arguments = std::make_shared<Arguments>();
    command->add_option("--model", arguments->features.model,
                        "model file, or name of an installed model; composition and geometry need none");
    command->add_option("--data", arguments->features.data, "frames, extended XYZ")->required();
    add_feature_options(*command, arguments->features);
    command->add_option("-o,--output", arguments->output, "matrix to write, .npy, one row per frame")
        ->required();
    command->callback([arguments] { run(*arguments); });
}

}  // namespace fibonaqi::cli
