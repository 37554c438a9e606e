// fibonaqi model: install, import, make, export, show and list pretrained and trained models.
#include <algorithm>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <iostream>
#include <memory>

#include <CLI/CLI.hpp>

#include "fibonaqi/atoms/species.hpp"
#include "fibonaqi/base/error.hpp"
#include "fibonaqi/base/file_system.hpp"
#include "fibonaqi/model/known_models.hpp"
#include "fibonaqi/model/model_export.hpp"
#include "fibonaqi/model/model_import.hpp"
#include "fibonaqi/model/model_install.hpp"
#include "fibonaqi/model/model_store.hpp"
#include "fibonaqi/model/new_model_spec.hpp"

#include "workflows/cli/commands.hpp"
#include "workflows/cli/config_file.hpp"
#include "workflows/cli/model_check.hpp"
#include "workflows/cli/model_script.hpp"
#include "workflows/cli/model_trust.hpp"

namespace fibonaqi::cli {
namespace {

namespace fs = std::filesystem;

volatile std::sig_atomic_t was_interrupted = 0;

void on_interrupt(int) {
    was_interrupted = 1;
}

struct InstallArguments {
    std::string name, from;
};

struct ImportArguments {
    std::string file, description, output, dtype, name, head;
    std::vector<std::string> elements;
    bool force = false;
};

struct NewArguments {
    ConfigFileArguments config;
    std::string output;
    bool force = false;
};

struct ExportArguments {
    std::string model, form, output;
    bool force = false;
};

struct InfoArguments {
    std::string model;
    bool as_json = false, has_weights = false;
};

std::string megabytes(std::uintmax_t bytes) {
    char text[32];
    std::snprintf(text, sizeof text, "%.1f MB", static_cast<double>(bytes) / 1e6);
    return text;
}

void show(const ModelFile& model, const fs::path& path) {
    std::cout << describe(model.card) << "file          " << path.string() << " ("
              << megabytes(fs::file_size(path)) << ")\nsha256        " << model.sha256 << "\n";
}

void install(const InstallArguments& arguments) {
    const KnownModel& model = known_model(arguments.name);
    InstallOptions options;
    if (!arguments.from.empty()) {
        options.original = arguments.from;
    }
    options.is_cancelled = [] { return was_interrupted != 0; };
    std::signal(SIGINT, on_interrupt);
    std::signal(SIGTERM, on_interrupt);
    const InstallReport report = install_model(model, options);
    if (report.was_installed) {
        std::cout << arguments.name << " is already installed in " << report.file.string() << "\n";
        return;
    }
    std::cout << "installed from " << report.source << "\n";
    show(read_model_file(report.file), report.file);
}

void refuse_existing(const fs::path& output) {
    if (fs::exists(output)) {
        throw ConfigError("'" + output.string() +
                          "' exists (it would be overwritten) give another name with -o, or use --force");
    }
}

void write_new(const ModelFile& model, const std::string& wanted, bool may_overwrite) {
    const fs::path output = wanted.empty() ? model.card.name + ".safetensors" : wanted;
    if (!may_overwrite) {
        refuse_existing(output);
    }
    write_model_file(output, model);
    show(read_model_file(output), output);
}

// A TorchScript file: a program, which the worker runs if it is trusted.
void import_program(const ImportArguments& arguments) {
    if (!arguments.head.empty() || !arguments.elements.empty()) {
        throw ConfigError(
            "--head and --elements do not fit a TorchScript file (a program cannot be cut) leave them out");
    }
    const std::string name =
        arguments.name.empty() ? fs::path(arguments.file).stem().string() : arguments.name;
    const fs::path output = arguments.output.empty() ? name + ".safetensors" : arguments.output;
    if (!arguments.force) {
        refuse_existing(output);
    }
    import_script({arguments.file, arguments.description, output.string(), arguments.dtype, arguments.name});
    show(read_model_file(output), output);
}

void import_file(const ImportArguments& arguments) {
    if (is_script_file(arguments.file)) {
        import_program(arguments);
        return;
    }
    ImportOptions options;
    options.name = arguments.name;
    options.head = arguments.head;
    options.species = atomic_numbers_of(arguments.elements, "--elements");
    if (!arguments.dtype.empty()) {
        options.dtype = arguments.dtype == "float32" ? TensorType::float32 : TensorType::float64;
    }
    write_new(import_model(arguments.file, options), arguments.output, arguments.force);
}

void make_new(const NewArguments& arguments) {
    const ConfigFileKind kind{"model new", "it says what to make", new_model_schema(),
                              Json{{"architecture", "tensornet"}, {"data", "train.xyz"}}};
    if (!answers_question(arguments.config, kind)) {
        const std::string& file = arguments.config.file;
        write_new(new_model_from(read_file(file), file), arguments.output, arguments.force);
    }
}

// For mace-torch a file more: the arguments of its model class, beside the state dict.
void export_file(const ExportArguments& arguments) {
    const fs::path file = resolve_model(arguments.model);
    const ModelFile model = read_model_file(file);
    const bool is_npz = arguments.form == "npz";
    const fs::path output =
        arguments.output.empty() ? model.card.name + (is_npz ? ".npz" : ".pt") : arguments.output;
    fs::path description = output;
    description.replace_extension(".json");
    if (!arguments.force) {
        refuse_existing(output);
    }
    if (arguments.form == "torchscript") {
        if (!arguments.force) {
            refuse_existing(description);
        }
        export_script(file, output);
        return;
    }
    if (is_npz) {
        write_file_atomically(output, npz_of(model));
        std::cout << "wrote " << output.string() << " (" << model.tensors.size() << " arrays and the card)\n";
        return;
    }
    const std::string text = mace_arguments(model.card).dump(2) + "\n";
    write_file_atomically(output, torch_archive_of(model.tensors));
    write_file_atomically(description, text);
    std::cout << "wrote " << output.string() << " (state dict) and " << description.string()
              << " (arguments of the model class); docs/formats.md shows how mace-torch loads them\n";
}

void info(const InfoArguments& arguments) {
    const fs::path path = resolve_model(arguments.model);
    const ModelFile model = read_model_file(path);
    if (arguments.has_weights) {
        for (const auto& [name, tensor] : model.tensors) {
            std::cout << name << " " << Json(tensor.shape).dump() << "\n";
        }
        return;
    }
    if (!arguments.as_json) {
        show(model, path);
        return;
    }
    Json record = to_json(model.card);
    record["file"] = fs::absolute(path).string();
    record["bytes"] = fs::file_size(path);
    record["sha256"] = model.sha256;
    std::cout << record.dump(2) << "\n";
}

void list() {
    const std::vector<std::string> installed = installed_models();
    for (const std::string& name : installed) {
        const fs::path file = installed_model_file(name);
        std::cout << name << "  installed, " << megabytes(fs::file_size(file)) << ", " << file.string()
                  << "\n";
    }
    for (const KnownModel& model : known_models()) {
        if (std::find(installed.begin(), installed.end(), model.name) == installed.end()) {
            std::cout << model.name << "  not installed, " << megabytes(model.bytes) << ", licence "
                      << model.licence << ": " << model.description << "\n";
        }
    }
}

void declare_install(CLI::App& model) {
    CLI::App* command = model.add_subcommand("install", "fetch a known model, verify it and keep it");
    const auto arguments = std::make_shared<InstallArguments>();
    command->add_option("name", arguments->name, "see 'fibonaqi model list'")->required();
    command->add_option("--from", arguments->from, "take this file instead of fetching it (same sha256)");
    command->callback([arguments] { install(*arguments); });
}

void declare_import(CLI::App& model) {
    CLI::App* command =
        model.add_subcommand("import", "turn a foreign model into a model file; runs no Python");
    const auto arguments = std::make_shared<ImportArguments>();
    command
        ->add_option(
            "file", arguments->file,
            "a whole MACE model (.model), a checkpoint of SevenNet (.pth), or the folder of a TensorNet "
            "or M3GNet potential of matgl; a TorchScript file (.pt) after 'fibonaqi model trust'")
        ->required();
    command->add_option("--description", arguments->description,
                        "of a TorchScript file: JSON (default: beside it, named like it with .json)");
    command->add_option("-o,--output", arguments->output,
                        "model file to write (default: name of the model with .safetensors, in this folder)");
    command->add_flag("--force", arguments->force, "overwrite a file that exists");
    command
        ->add_option("--elements", arguments->elements,
                     "keep only these: Si,O (same energies, smaller and faster)")
        ->delimiter(',');
    command
        ->add_option("--dtype", arguments->dtype, "of the weights: float32 or float64 (default: as stored)")
        ->check(CLI::IsMember({"float32", "float64"}));
    command->add_option("--head", arguments->head, "which output to keep, of a model with several heads");
    command->add_option("--name", arguments->name, "name of the model (default: that of the file)");
    command->callback([arguments] { import_file(*arguments); });
}

void declare_new(CLI::App& model) {
    CLI::App* command =
        model.add_subcommand("new", "make a model with random weights, to be trained from scratch");
    const auto arguments = std::make_shared<NewArguments>();
    add_config_file(*command, "MODEL.json", "architecture and sizes; JSON with comments", arguments->config);
    command->add_option("-o,--output", arguments->output,
                        "model file to write (default: name of the model with .safetensors, in this folder)");
    command->add_flag("--force", arguments->force, "overwrite a file that exists");
    command->callback([arguments] { make_new(*arguments); });
}

void declare_export(CLI::App& model) {
    CLI::App* command = model.add_subcommand("export", "write a model in a form that others read");
    const auto arguments = std::make_shared<ExportArguments>();
    command->add_option("model", arguments->model, "model file, or name of an installed model")->required();
    command
        ->add_option("--to", arguments->form,
                     "mace: a state dict for mace-torch and its arguments as JSON; npz: arrays for NumPy; "
                     "torchscript: a program with its description, of a model that was made of one")
        ->required()
        ->check(CLI::IsMember({"mace", "npz", "torchscript"}));
    command->add_option("-o,--output", arguments->output,
                        "file to write (default: name of the model with .pt or .npz, in this folder)");
    command->add_flag("--force", arguments->force, "overwrite a file that exists");
    command->callback([arguments] { export_file(*arguments); });
}

void declare_info(CLI::App& model) {
    CLI::App* command = model.add_subcommand("info", "show what a model is");
    const auto arguments = std::make_shared<InfoArguments>();
    command->add_option("model", arguments->model, "model file, or name of an installed model")->required();
    command->add_flag("--json", arguments->as_json, "the whole card as JSON");
    command->add_flag("--weights", arguments->has_weights,
                      "names and shapes of the tensors; patterns for \"freeze\" of a training fit the names");
    command->callback([arguments] { info(*arguments); });
}

}  // namespace

void add_model_command(CLI::App& app) {
    CLI::App* command = app.add_subcommand("model", "install, import, export, check and inspect models");
    command->require_subcommand(1);
    declare_install(*command);
    declare_new(*command);
    declare_import(*command);
    declare_model_check(*command);
    declare_export(*command);
    declare_info(*command);
    declare_model_trust(*command);
    command->add_subcommand("list", "list installed models and those that can be installed")->callback(list);
}

}  // namespace fibonaqi::cli
