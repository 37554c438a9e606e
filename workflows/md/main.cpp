// fibonaqi-md TASK.json: one walker, LAMMPS in library mode with a model.
#include <memory>

#include "fibonaqi/atoms/extxyz.hpp"
#include "fibonaqi/base/error.hpp"
#include "fibonaqi/lammps/lammps_session.hpp"
#include "fibonaqi/lammps/walker.hpp"
#include "fibonaqi/model/tensor_file.hpp"
#include "fibonaqi/nn/network_potential.hpp"
#include "fibonaqi/nn/torch_runtime.hpp"

#include "workflows/md/md_task.hpp"
#include "workflows/md/walker_report.hpp"
#include "workflows/task/task_program.hpp"

namespace {

using namespace fibonaqi;

Frame read_start(const md::MdTask& task) {
    FrameFile file = read_extxyz(task.structure);
    if (file.frames.size() != 1) {
        throw ConfigError(task.structure.string() + ": " + std::to_string(file.frames.size()) +
                          " frames (a walker starts from one) give a file with one frame");
    }
    return std::move(file.frames.front());
}

std::shared_ptr<Potential> open_potential(const md::MdTask& task) {
    const at::ScalarType type = task.dtype == "float64" ? at::kDouble : at::kFloat;
    const ModelFile model = read_model_file(resolve_model(task.model));
    return nn::make_potential(nn::load_network(model, at::TensorOptions().dtype(type)));
}

Json to_json(const lammps::WalkerResult& result, const md::MdTask& task, std::size_t candidates) {
    Json record{{"status", result.gave_up ? "gave_up" : "completed"},
                {"steps", result.steps},
                {"candidates", candidates},
                {"events", Json::array()},
                {"steps_per_second", result.steps_per_second},
                {"final_structure", task.final_structure().string()}};
    for (const lammps::StopEvent& event : result.events) {
        record["events"].push_back(md::to_json(event));
    }
    return record;
}

Json walk(const Json& record) {
    const md::MdTask task = md::md_task_from_json(record);
    nn::prepare_torch(task.threads);
    const Frame start = read_start(task);
    md::WalkerReport report(task);
    const lammps::WalkerResult result = lammps::run_walker(task.options, start, open_potential(task), report);
    report.finish();
    write_extxyz(task.final_structure(), {result.final_frame}, {""});
    return to_json(result, task, report.candidates());
}

}  // namespace

int main(int argc, char** argv) {
    const fibonaqi::lammps::MpiEnd mpi_end;
    return fibonaqi::task::run_task_program(argc, argv, {"fibonaqi-md", "md-task", walk});
}
