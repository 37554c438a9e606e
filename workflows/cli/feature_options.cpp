#include "workflows/cli/feature_options.hpp"

#include <cstdlib>
#include <filesystem>

#include <CLI/CLI.hpp>

#include "fibonaqi/base/error.hpp"

namespace fibonaqi::cli {

namespace {

bool is_file(const std::string& kind) {
    return kind.ends_with(".npy");
}

// NAME or NAME=WEIGHT as a block of the task's "kind".
Json block_from(const std::string& given) {
    const std::size_t equals = given.find('=');
    const std::string name = given.substr(0, equals);
    Json block = is_file(name) ? Json{{"file", absolute(name)}} : Json{{"kind", name}};
    if (equals != std::string::npos) {
        const std::string weight = given.substr(equals + 1);
        char* end = nullptr;
        block["weight"] = std::strtod(weight.c_str(), &end);
        if (weight.empty() || *end != '\0') {
            throw ConfigError("--kind '" + given +
                              "' has a weight that is no number (NAME=WEIGHT is wanted) use for example "
                              "embedding=0.5");
        }
    }
    return block;
}

Json kind_key(const std::vector<std::string>& kinds) {
    if (kinds.size() == 1 && kinds[0].find('=') == std::string::npos && !is_file(kinds[0])) {
        return kinds[0];
    }
    Json blocks = Json::array();
    for (const std::string& kind : kinds) {
        blocks.push_back(block_from(kind));
    }
    return blocks;
}

void add_row_options(CLI::App& command, FeatureArguments& arguments) {
    command
        .add_option("--kind", arguments.kinds,
                    "loss_gradient (needs labels), prediction_gradient, force_jacobian, embedding "
                    "(label-free), composition or geometry (also without a model), or a matrix of your own "
                    "(.npy, a row per frame); NAME=WEIGHT, repeated, "
                    "puts several side by side, each first scaled to a mean square length of 1")
        ->take_all()
        ->capture_default_str();
    command
        .add_option(
            "--last-layer", arguments.last_layer,
            "weights of the gradients: final (of the last linear layer), linear_readouts (also those of "
            "earlier layers) or readouts (hidden weights too); the larger, the more frames can differ")
        ->capture_default_str();
    command.add_flag("--per-atom", arguments.is_per_atom, "prediction_gradient of the energy per atom");
    command
        .add_option("--directions", arguments.directions,
                    "of force_jacobian: a wider last layer is seen through so many random directions")
        ->capture_default_str();
    command.add_flag("--normalise-rows", arguments.is_normalised, "rows to length 1: directions only");
    command.add_option("--clip-norm", arguments.clip_norm,
                       "quantile, such as 0.9: longer rows of a superbatch are shortened to it");
}

}  // namespace

void add_feature_options(CLI::App& command, FeatureArguments& arguments) {
    add_row_options(command, arguments);
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
    command.add_flag(
        "--fit-e0", arguments.fit_e0,
        "fit the reference energies E0 to the labels first, or those of other models to this model");
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

void add_row_keys(Json& task, const FeatureArguments& arguments) {
    task["normalise_rows"] = arguments.is_normalised;
    if (arguments.clip_norm != 0.0) {
        task["clip_norm"] = arguments.clip_norm;
    }
}

Json feature_task(const std::string& task, const FeatureArguments& arguments) {
    Json record = make_record("worker-task", 1);
    record["task"] = task;
    record["threads"] = arguments.threads;
    if (!arguments.model.empty()) {
        record["model"] = file_or_name(arguments.model);
    }
    record["data"] = absolute(arguments.data);
    record["kind"] = kind_key(arguments.kinds);
    record["last_layer"] = arguments.last_layer;
    record["per_atom"] = arguments.is_per_atom;
    record["directions"] = arguments.directions;
    add_row_keys(record, arguments);
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
