#include "workflows/cli/model_script.hpp"

#include <iostream>

#include "fibonaqi/base/error.hpp"
#include "fibonaqi/base/file_system.hpp"
#include "fibonaqi/model/program_trust.hpp"

#include "workflows/cli/feature_options.hpp"
#include "workflows/cli/worker_process.hpp"

namespace fibonaqi::cli {

namespace fs = std::filesystem;

bool is_script_file(const fs::path& file) {
    std::error_code ignored;
    return fs::is_regular_file(file, ignored) && is_torchscript(read_file(file));
}

void import_script(const ScriptImport& options) {
    require_trust(read_file(options.file), options.file);
    fs::path description = options.description;
    if (description.empty()) {
        description = fs::path(options.file).replace_extension(".json");
    }
    if (!fs::is_regular_file(description)) {
        throw ConfigError(
            "'" + options.file + "' is a TorchScript file without a description ('" + description.string() +
            "' is missing: elements, cutoff, last layer) write one as docs/formats.md shows, or "
            "name it with --description");
    }
    Json task = make_record("worker-task", 1);
    task["task"] = "import_torchscript";
    task["program"] = absolute(options.file);
    task["description"] = absolute(description.string());
    task["output"] = absolute(options.output);
    if (!options.dtype.empty()) {
        task["dtype"] = options.dtype;
    }
    if (!options.name.empty()) {
        task["name"] = options.name;
    }
    run_worker(task);
}

void export_script(const fs::path& model, const fs::path& output) {
    fs::path description = output;
    description.replace_extension(".json");
    Json task = make_record("worker-task", 1);
    task["task"] = "export_torchscript";
    task["model"] = absolute(model.string());
    task["output"] = absolute(output.string());
    task["description"] = absolute(description.string());
    run_worker(task);
    std::cout << "wrote " << output.string() << " (TorchScript) and " << description.string()
              << " (description); FIBonAQi loads it after 'fibonaqi model trust " << output.string() << "'\n";
}

}  // namespace fibonaqi::cli
