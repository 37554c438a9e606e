#include "workflows/md/md_task.hpp"

#include <limits>

#include "fibonaqi/base/config_schema.hpp"
#include "fibonaqi/base/error.hpp"
#include "fibonaqi/base/units.hpp"

namespace fibonaqi::md {
namespace {

using namespace config;

constexpr double most_steps = 1e12;

std::vector<ConfigKey> keys() {
    return {
        text("format", nullptr, "stamp of the record"),
        integer("version", nullptr, "stamp of the record"),
        text("result", nullptr, "where the result goes").required(),
        text("model", nullptr, "model file, or an installed model's name").required(),
        text("dtype", "float32", "of the network").one_of({"float32", "float64"}),
        integer("threads", 1, "CPU threads").between(1, 1024),
        text("structure", nullptr, "extxyz with one frame").required(),
        text("ensemble", "nvt", "nvt, npt or nve").one_of({"nvt", "npt", "nve"}),
        number("temperature_K", nullptr, "of the thermostat and of new velocities").above(0).required(),
        number("pressure_bar", 0, "npt only"),
        number("timestep_fs", 1, "time step").above(0),
        number("damping_fs", 100, "relaxation time of the thermostat").above(0),
        integer("steps", nullptr, "time steps in all").between(1, most_steps).required(),
        integer("seed", nullptr, "of velocities and thermostat").at_least(0).required(),
        section("harvest", "which frames become candidates"),
        integer("harvest.every_steps", 100, "from one to the next").between(1, most_steps),
        integer("harvest.first_step", 0, "none before this one").between(0, most_steps),
        section("limits", "beyond them a walker is stopped; null: not checked"),
        number("limits.max_force_eV_per_A", nullptr, "largest force on an atom").above(0),
        number("limits.min_distance_scale", nullptr, "of the sum of the covalent radii").at_least(0),
        number("limits.max_temperature_K", nullptr, "highest temperature").above(0),
        integer("safe_frames", 5, "sane frames before a stop that become candidates").between(0, 1000),
        integer("max_restarts", 3, "attempts after the first").between(0, 1000),
        text("candidates", nullptr, "extxyz to write").required(),
        text("log", nullptr, "log of LAMMPS").required(),
        integer("cycle", 0, "number that frames carry"),
        integer("walker", 0, "number that frames carry"),
    };
}

Json checked(const Json& record) {
    const ConfigSchema schema("task of fibonaqi-md", keys());
    const CheckedConfig config = schema.check(record);
    if (!config.problems.empty()) {
        throw ConfigError(describe(config.problems, "", "task"));
    }
    return config.values;
}

lammps::Ensemble ensemble_of(const std::string& name) {
    return name == "nve"   ? lammps::Ensemble::nve
           : name == "npt" ? lammps::Ensemble::npt
                           : lammps::Ensemble::nvt;
}

// A limit that is null is none.
double limit(const Json& limits, const std::string& key, double none) {
    return limits.at(key).is_null() ? none : limits.at(key).get<double>();
}

lammps::WalkerOptions options_of(const Json& task) {
    constexpr double infinity = std::numeric_limits<double>::infinity();
    const Json& harvest = task.at("harvest");
    const Json& limits = task.at("limits");
    lammps::WalkerOptions options;
    options.ensemble = ensemble_of(task.at("ensemble"));
    options.temperature = task.at("temperature_K");
    options.pressure = task.at("pressure_bar");
    options.timestep = task.at("timestep_fs").get<double>() * units::fs_in_ps;
    options.damping = task.at("damping_fs").get<double>() * units::fs_in_ps;
    options.steps = task.at("steps");
    options.seed = task.at("seed");
    options.max_restarts = task.at("max_restarts");
    options.log = task.at("log").get<std::string>();
    options.harvest.every_steps = harvest.at("every_steps");
    options.harvest.first_step = harvest.at("first_step");
    options.harvest.safe_frames = task.at("safe_frames");
    options.harvest.limits.max_force = limit(limits, "max_force_eV_per_A", infinity);
    options.harvest.limits.min_distance_scale = limit(limits, "min_distance_scale", 0.0);
    options.harvest.limits.max_temperature = limit(limits, "max_temperature_K", infinity);
    return options;
}

}  // namespace

std::filesystem::path MdTask::final_structure() const {
    std::filesystem::path path = candidates;
    return path.replace_extension("final.xyz");
}

MdTask md_task_from_json(const Json& record) {
    const Json values = checked(record);
    MdTask task;
    task.model = values.at("model");
    task.dtype = values.at("dtype");
    task.threads = values.at("threads");
    task.structure = values.at("structure").get<std::string>();
    task.candidates = values.at("candidates").get<std::string>();
    task.cycle = values.at("cycle");
    task.walker = values.at("walker");
    task.options = options_of(values);
    return task;
}

}  // namespace fibonaqi::md
