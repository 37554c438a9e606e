// fibonaqi-worker TASK.json: one task with LibTorch - features, selection, training, evaluation.
// fibonaqi-worker --serve MODEL DTYPE THREADS: labels of a model, by JSON lines.
#include <functional>
#include <map>
#include <string>

#include "fibonaqi/base/error.hpp"
#include "fibonaqi/base/suggest.hpp"
#include "fibonaqi/nn/torch_runtime.hpp"

#include "workflows/task/task_program.hpp"
#include "workflows/worker/serve.hpp"
#include "workflows/worker/task_keys.hpp"
#include "workflows/worker/tasks.hpp"

namespace {

using namespace fibonaqi;

const std::map<std::string, std::function<Json(const Json&)>>& tasks() {
    static const std::map<std::string, std::function<Json(const Json&)>> table{
        {"calibrate", worker::run_calibrate}, {"evaluate", worker::run_evaluate},
        {"explain", worker::run_explain},     {"export_torchscript", worker::run_export_torchscript},
        {"features", worker::run_features},   {"import_torchscript", worker::run_import_torchscript},
        {"physics", worker::run_physics},     {"select", worker::run_select},
        {"train", worker::run_train},
    };
    return table;
}

Json run_task(const Json& task) {
    const std::string name = worker::text(task, "task");
    const auto found = tasks().find(name);
    if (found == tasks().end()) {
        std::vector<std::string> names;
        for (const auto& [known, function] : tasks()) {
            names.push_back(known);
        }
        throw ConfigError("task '" + name + "' is unknown" + suggestion(name, names));
    }
    nn::prepare_torch(worker::count(task, "threads", 1));
    return found->second(task);
}

}  // namespace

int main(int argc, char** argv) {
    if (argc > 1 && std::string(argv[1]) == "--serve") {
        return fibonaqi::task::guarded_main([&] {
            return fibonaqi::worker::serve_model({argv + 2, argv + argc});
        });
    }
    return fibonaqi::task::run_task_program(
        argc, argv,
        {"fibonaqi-worker", "worker-task", run_task,
         "       fibonaqi-worker --serve MODEL DTYPE THREADS (docs/drivers.md)\n"});
}
