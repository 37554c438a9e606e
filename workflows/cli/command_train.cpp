// fibonaqi train: fine-tunes a model on labelled frames, as a commented JSON file says.
#include <cstdio>
#include <filesystem>
#include <iostream>
#include <memory>

#include <CLI/CLI.hpp>

#include "fibonaqi/base/error.hpp"
#include "fibonaqi/base/file_system.hpp"
#include "fibonaqi/base/number_text.hpp"
#include "fibonaqi/nn/train_options.hpp"

#include "workflows/cli/commands.hpp"
#include "workflows/cli/config_file.hpp"
#include "workflows/cli/error_table.hpp"
#include "workflows/cli/learning_curve.hpp"
#include "workflows/cli/seed_range.hpp"
#include "workflows/cli/worker_process.hpp"

namespace fibonaqi::cli {
namespace {

namespace fs = std::filesystem;

struct TrainArguments {
    ConfigFileArguments config;
    std::string json, seeds, curve;
    bool restart = false;
};

ConfigFileKind train_file() {
    return {"train",
            "it says what to train on what",
            nn::train_file_schema(),
            {{"model", "mace-mp-0-small"}, {"train", "labelled.xyz"}, {"output", "tuned.safetensors"}}};
}

// Paths in the file are relative to it; a model that is no file beside it is the name of an installed one.
Json make_task(const fs::path& file) {
    const Json values = nn::checked_train_file(read_file(file), file.string());
    const fs::path folder = fs::absolute(file).parent_path();
    Json task = make_record("worker-task", 1);
    task["task"] = "train";
    task.update(values);
    make_paths_absolute(task, {"train", "validation", "replay", "forgetting", "output"}, folder);
    for (const char* key : {"model", "initial_model", "reference_model"}) {
        make_model_absolute(task[key], folder);
    }
    task["checkpoint"] = task["output"].get<std::string>() + ".checkpoint";
    return task;
}

void print_curve(const Json& curve) {
    std::printf(
        "epoch  learning rate   training loss   validation force RMSE [eV/A]   energy RMSE [meV/atom]\n");
    const std::size_t stride = 1 + curve.size() / 20;
    for (std::size_t i = 0; i < curve.size(); ++i) {
        if (i % stride == stride - 1 || i + 1 == curve.size()) {
            const Json& row = curve[i];
            std::printf("%5zu  %13.3g   %13.5g   %28s   %22s\n", row.at("epoch").get<std::size_t>(),
                        row.at("learning_rate").get<double>(), row.at("train_loss").get<double>(),
                        number_text(row.at("validation_force_rmse_eV_per_A"), "%.4f").c_str(),
                        number_text(row.at("validation_energy_rmse_eV_per_atom"), "%.2f", 1e3).c_str());
        }
    }
}

// What the choice of training batches did, where there was one: frames seen again and again may be
// mislabelled.
void print_selection(const Json& result) {
    std::size_t exhausted = 0, filled = 0, outliers = 0, superbatches = 0;
    for (const Json& row : result.at("curve")) {
        const Json& selection = row.at("selection");
        superbatches += selection.at("superbatches").get<std::size_t>();
        exhausted += selection.at("exhausted").get<std::size_t>();
        filled += selection.at("filled").get<std::size_t>();
        outliers += selection.at("outliers").get<std::size_t>();
    }
    if (superbatches == 0) {
        return;
    }
    std::printf("selection from %zu superbatches took %.1f s; chosen most often:", superbatches,
                result.at("selection_seconds").get<double>());
    for (const Json& frame : result.at("most_trained")) {
        std::printf(" %zu (%zu times)", frame.at("frame").get<std::size_t>(),
                    frame.at("times").get<std::size_t>());
    }
    std::printf("\n");
    if (outliers > 0) {
        std::printf("%zu gradients were ten times as long as the median of their superbatch\n", outliers);
    }
    if (exhausted > 0) {
        std::printf(
            "%zu superbatches had fewer independent gradients than the batch has frames: %zu frames filled "
            "it\n",
            exhausted, filled);
    }
}

void print_result(const Json& result) {
    print_curve(result.at("curve"));
    for (const auto& [element, shift] : result.at("e0_shift_eV").items()) {
        std::printf("reference energy of %s moved by %+.4f eV\n", element.c_str(), shift.get<double>());
    }
    const Json::json_pointer rmse("/forces/rmse_eV_per_A");
    const Json& before = result.at("validation").at("before");
    const Json& after = result.at("validation").at("after");
    if (before.is_object() && before.contains(rmse)) {
        std::printf("validation force RMSE: %.4f before, %.4f eV/A after (weights of epoch %zu)\n",
                    before.at(rmse).get<double>(), after.at(rmse).get<double>(),
                    result.at("kept_epoch").get<std::size_t>());
    }
    if (after.is_object()) {
        std::puts("errors on the validation frames, after:");
        print_errors(after);
    }
    const Json& forgetting = result.at("forgetting");
    if (forgetting.is_object()) {
        std::printf("pretrained domain: %s%s\n", forgetting.at("finding").get<std::string>().c_str(),
                    forgetting.at("is_alarming").get<bool>() ? ": the model forgets" : "");
    }
    print_selection(result);
    std::printf("%s\n", result.at("trained").get<std::string>().c_str());
    std::printf("%zu frames, %zu epochs, %zu steps in %.1f s: %s\n",
                result.at("train_frames").get<std::size_t>(), result.at("epochs").get<std::size_t>(),
                result.at("steps").get<std::size_t>(), result.at("training_seconds").get<double>(),
                result.at("model").get<std::string>().c_str());
}

Json train_once(const Json& task, bool restart) {
    if (restart) {
        std::error_code ignored;  // none to remove is no problem
        fs::remove(task.at("checkpoint").get<std::string>(), ignored);
    }
    Json result = run_worker(task);
    print_result(result);
    return result;
}

// The same training with each seed; the models get the seed into their names.
std::vector<SeedResult> train_seeds(const Json& task, const std::vector<std::uint64_t>& seeds, bool restart) {
    const fs::path output = task.at("output").get<std::string>();
    std::vector<SeedResult> results;
    for (const std::uint64_t seed : seeds) {
        fs::path own = output;
        own.replace_filename(output.stem().string() + ".seed" + std::to_string(seed) +
                             output.extension().string());
        Json one = task;
        one["seed"] = seed;
        one["output"] = own.string();
        one["checkpoint"] = own.string() + ".checkpoint";
        std::printf("seed %s\n", std::to_string(seed).c_str());
        results.push_back({seed, train_once(one, restart)});
    }
    return results;
}

Json all_of(const std::vector<SeedResult>& results) {
    Json all = Json::array();
    for (const SeedResult& one : results) {
        all.push_back(Json{{"seed", one.seed}, {"result", one.result}});
    }
    return Json{{"seeds", all}};
}

void train(const TrainArguments& arguments) {
    if (answers_question(arguments.config, train_file())) {
        return;
    }
    const Json task = make_task(arguments.config.file);
    const std::vector<SeedResult> results =
        arguments.seeds.empty() ? std::vector<SeedResult>{{task.at("seed").get<std::uint64_t>(),
                                                           train_once(task, arguments.restart)}}
                                : train_seeds(task, seeds_from(arguments.seeds), arguments.restart);
    if (results.size() > 1) {
        print_spread(results);
    }
    if (!arguments.curve.empty()) {
        for (const fs::path& file : write_curves(arguments.curve, results)) {
            std::cout << "wrote " << file.string() << "\n";
        }
    }
    if (!arguments.json.empty()) {
        write_json(arguments.json, arguments.seeds.empty() ? results.front().result : all_of(results));
    }
}

}  // namespace

void add_train_command(CLI::App& app) {
    CLI::App* command = app.add_subcommand("train", "train or fine-tune a model on labelled frames");
    const auto arguments = std::make_shared<TrainArguments>();
    add_config_file(*command, "TRAIN.json", "what to train on what, and how; JSON with comments",
                    arguments->config);
    command->add_flag("--restart", arguments->restart,
                      "start anew where a killed training of this output could go on");
    command->add_option(
        "--seeds", arguments->seeds,
        "train once with each seed, FIRST:LAST, both included: models OUTPUT.seedN, then mean and "
        "spread");
    command->add_option("--curve", arguments->curve,
                        "write learning curves: NAME.csv, NAME.frames.svg (against frames trained on) and "
                        "NAME.seconds.svg (against wall time)");
    command->add_option("--json", arguments->json, "write the result, or the results of all seeds, as JSON");
    command->footer("Every key, with unit, range and default: fibonaqi train --example");
    command->callback([arguments] { train(*arguments); });
}

}  // namespace fibonaqi::cli
