// fibonaqi train: fine-tunes a model on labelled frames, as a commented JSON file says.
#include <cstdio>
#include <filesystem>
#include <iostream>
#include <memory>

#include <CLI/CLI.hpp>

#include "fibonaqi/base/error.hpp"
#include "fibonaqi/base/file_system.hpp"
#include "fibonaqi/nn/train_options.hpp"

#include "workflows/cli/commands.hpp"
#include "workflows/cli/error_table.hpp"
#include "workflows/cli/worker_process.hpp"

namespace fibonaqi::cli {
namespace {

namespace fs = std::filesystem;

struct TrainArguments {
    std::string file, json;
    bool example = false, schema = false, restart = false;
};

Json example_values() {
    return Json{{"model", "mace-mp-0-small"}, {"train", "labelled.xyz"}, {"output", "tuned.safetensors"}};
}

// Paths in the file are relative to it; a model that is no file beside it is the name of an installed one.
Json make_task(const fs::path& file) {
    const Json values = nn::checked_train_file(read_file(file), file.string());
    const fs::path folder = fs::absolute(file).parent_path();
    Json task = make_record("worker-task", 1);
    task["task"] = "train";
    task.update(values);
    for (const char* key : {"train", "validation", "replay", "forgetting", "output"}) {
        if (!task[key].is_null()) {
            task[key] = (folder / task[key].get<std::string>()).lexically_normal().string();
        }
    }
    for (const char* key : {"model", "initial_model"}) {
        const fs::path model = folder / (task[key].is_null() ? "" : task[key].get<std::string>());
        if (!task[key].is_null() && fs::exists(model)) {
            task[key] = model.lexically_normal().string();
        }
    }
    task["checkpoint"] = task["output"].get<std::string>() + ".checkpoint";
    return task;
}

std::string number(const Json& value, const char* format, double factor = 1.0) {
    char text[32] = "-";
    if (value.is_number()) {
        std::snprintf(text, sizeof text, format, factor * value.get<double>());
    }
    return text;
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
                        number(row.at("validation_force_rmse_eV_per_A"), "%.4f").c_str(),
                        number(row.at("validation_energy_rmse_eV_per_atom"), "%.2f", 1e3).c_str());
        }
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
    std::printf("%s\n", result.at("trained").get<std::string>().c_str());
    std::printf("%zu frames, %zu epochs, %zu steps in %.1f s: %s\n",
                result.at("train_frames").get<std::size_t>(), result.at("epochs").get<std::size_t>(),
                result.at("steps").get<std::size_t>(), result.at("training_seconds").get<double>(),
                result.at("model").get<std::string>().c_str());
}

void train(const TrainArguments& arguments) {
    if (arguments.example) {
        std::cout << nn::train_file_schema().example(example_values());
        return;
    }
    if (arguments.schema) {
        std::cout << nn::train_file_schema().json_schema().dump(2) << "\n";
        return;
    }
    if (arguments.file.empty()) {
        throw ConfigError(
            "no file is given (it says what to train on what) 'fibonaqi train --example' prints one");
    }
    const Json task = make_task(arguments.file);
    if (arguments.restart) {
        std::error_code ignored;  // none to remove is no problem
        fs::remove(task.at("checkpoint").get<std::string>(), ignored);
    }
    const Json result = run_worker(task);
    print_result(result);
    if (!arguments.json.empty()) {
        write_json(arguments.json, result);
    }
}

}  // namespace

void add_train_command(CLI::App& app) {
    CLI::App* command = app.add_subcommand("train", "train or fine-tune a model on labelled frames");
    const auto arguments = std::make_shared<TrainArguments>();
    command->add_option("TRAIN.json", arguments->file, "what to train on what, and how; JSON with comments");
    command->add_flag("--example", arguments->example,
                      "print a commented file with every key and its default");
    command->add_flag("--schema", arguments->schema, "print the JSON Schema of such files, for editors");
    command->add_flag("--restart", arguments->restart,
                      "start anew where a killed training of this output could go on");
    command->add_option("--json", arguments->json, "write the result as JSON");
    command->footer("Every key, with unit, range and default: fibonaqi train --example");
    command->callback([arguments] { train(*arguments); });
}

}  // namespace fibonaqi::cli
