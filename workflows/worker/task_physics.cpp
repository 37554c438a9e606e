// Task "physics": what a model does where no test set looks, beside the model that it is to follow.
#include "fibonaqi/base/error.hpp"
#include "fibonaqi/model/physics_gate.hpp"
#include "fibonaqi/nn/network_potential.hpp"

#include "workflows/worker/progress.hpp"
#include "workflows/worker/sources.hpp"
#include "workflows/worker/task_keys.hpp"
#include "workflows/worker/tasks.hpp"

namespace fibonaqi::worker {
namespace {

PhysicsLimits limits_of(const Json& limits) {
    check_keys(limits,
               {"volume_change_percent", "bulk_modulus_change_percent", "repulsive_to",
                "nve_drift_meV_per_atom_ps", "force_constants_change_percent"},
               "limits");
    PhysicsLimits result;
    result.volume_change_percent = number(limits, "volume_change_percent", result.volume_change_percent);
    result.bulk_modulus_change_percent =
        number(limits, "bulk_modulus_change_percent", result.bulk_modulus_change_percent);
    result.repulsive_to = number(limits, "repulsive_to", result.repulsive_to);
    result.nve_drift_meV_per_atom_ps =
        number(limits, "nve_drift_meV_per_atom_ps", result.nve_drift_meV_per_atom_ps);
    result.force_constants_change_percent =
        number(limits, "force_constants_change_percent", result.force_constants_change_percent);
    return result;
}

NveOptions nve_of(const Json& task) {
    const Json nve = section(task, "nve");
    check_keys(nve, {"temperature_K", "timestep_fs", "steps"}, "nve");
    NveOptions options;
    options.temperature_K = number(nve, "temperature_K", options.temperature_K);
    options.timestep_fs = number(nve, "timestep_fs", options.timestep_fs);
    options.steps = count(nve, "steps", options.steps);
    options.seed = count(task, "seed", 0);
    return options;
}

PhysicsReport measure(const Json& task, const std::string& model, const Structure& structure) {
    Json own = task;
    own["model"] = model;
    const std::unique_ptr<Potential> potential = nn::make_potential(open_network(own));
    return measure_physics(*potential, structure, nve_of(task));
}

}  // namespace

Json run_physics(const Json& task) {
    check_keys(task,
               {"format", "version", "task", "result", "threads", "model", "previous", "structure", "dtype",
                "seed", "limits", "nve"},
               "");
    const PhysicsLimits limits = limits_of(section(task, "limits"));
    const std::string file = text(task, "structure");
    const std::vector<Frame> frames = read_extxyz(file).frames;
    if (frames.empty() || frames[0].structure.size() == 0) {
        throw ConfigError(file + ": no structure (nothing to check physics with)");
    }
    const Structure& structure = frames[0].structure;
    Progress progress("physics");
    const std::size_t models = has(task, "previous") ? 2 : 1;
    progress.report(0, models);
    const PhysicsReport report = measure(task, text(task, "model"), structure);
    progress.report(1, models);
    std::optional<PhysicsReport> previous;
    if (models == 2) {
        previous = measure(task, text(task, "previous"), structure);
        progress.report(2, models);
    }
    Json checks = Json::array();
    bool is_passed = true;
    for (const PhysicsVerdict& verdict : judge_physics(report, previous ? &*previous : nullptr, limits)) {
        is_passed = is_passed && verdict.is_passed;
        checks.push_back(
            Json{{"check", verdict.check}, {"passed", verdict.is_passed}, {"finding", verdict.finding}});
    }
    return Json{{"passed", is_passed},
                {"checks", checks},
                {"report", to_json(report)},
                {"previous", previous ? to_json(*previous) : Json()}};
}

}  // namespace fibonaqi::worker
