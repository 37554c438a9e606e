// Tasks "import_torchscript" and "export_torchscript": between a user's TorchScript file and a model file.
#include "fibonaqi/base/error.hpp"
#include "fibonaqi/base/file_system.hpp"
#include "fibonaqi/base/log.hpp"
#include "fibonaqi/model/import_steps.hpp"
#include "fibonaqi/model/program_trust.hpp"
#include "fibonaqi/model/script_description.hpp"
#include "fibonaqi/nn/scripted_self_test.hpp"
#include "fibonaqi/nn/torch_tensors.hpp"

#include "workflows/worker/task_keys.hpp"
#include "workflows/worker/tasks.hpp"

namespace fibonaqi::worker {
namespace {

// The weights, converted if wanted, and their count in the card.
ModelFile with_weights(const nn::ScriptedNetwork& network, const Json& task, const std::string& source) {
    ImportOptions options;
    if (has(task, "dtype")) {
        const bool is_double = nn::scalar_type_from(text(task, "dtype")) == at::kDouble;
        options.dtype = is_double ? TensorType::float64 : TensorType::float32;
    }
    std::vector<std::string> names;
    for (const auto& [name, parameter] : network.parameters()) {
        names.push_back(name);
    }
    ModelFile model = network.store(network.own_type());
    finish_import(model, names, source, options);
    return model;
}

}  // namespace

Json run_import_torchscript(const Json& task) {
    check_keys(task,
               {"format", "version", "task", "result", "threads", "program", "description", "dtype", "name",
                "output"},
               "");
    const std::string file = text(task, "program"), description = text(task, "description");
    ModelFile model = described_script(read_file(file), file, read_file(description), description);
    model.file = file;
    if (has(task, "name")) {
        model.card.name = text(task, "name");
    }
    const auto network = nn::load_scripted_network(model, at::TensorOptions().dtype(at::kDouble));
    for (const std::string& concern : nn::physical_concerns(*network)) {
        log::warning(concern);
    }
    const std::string output = text(task, "output");
    const std::string sha256 = write_model_file(output, with_weights(*network, task, file));
    return Json{{"model", output}, {"sha256", sha256}};
}

Json run_export_torchscript(const Json& task) {
    check_keys(task, {"format", "version", "task", "result", "threads", "model", "output", "description"},
               "");
    const ModelFile model = read_model_file(text(task, "model"));
    if (model.card.architecture != script_architecture) {
        throw ModelError(
            "model '" + model.card.name + "' has the architecture '" + model.card.architecture +
                "' (only a model that was made of a TorchScript file can be written as one) export "
                "it with --to npz",
            ExitCode::usage);
    }
    const auto type = nn::scalar_type_from(model.card.dtype);
    const auto network = nn::load_scripted_network(model, at::TensorOptions().dtype(type));
    const std::string output = text(task, "output"), description = text(task, "description");
    write_file_atomically(output, network->program());
    write_json(description, description_of(model.card));
    return Json{{"program", output}, {"description", description}};
}

}  // namespace fibonaqi::worker
