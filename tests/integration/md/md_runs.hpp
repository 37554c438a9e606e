// Runs of the real fibonaqi-md in a folder of its own.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "fibonaqi/atoms/extxyz.hpp"
#include "fibonaqi/base/json.hpp"
#include "fibonaqi/model/mace_import.hpp"
#include "fibonaqi/model/tensor_file.hpp"

#include "tests/support/command_run.hpp"

namespace fibonaqi::test {

/// Diamond, 8 atoms, a = 5.46 angstrom.
inline Structure silicon_crystal() {
    constexpr double a = 5.46;
    const Vec3 sites[4] = {{0.0, 0.0, 0.0}, {0.5, 0.5, 0.0}, {0.5, 0.0, 0.5}, {0.0, 0.5, 0.5}};
    Structure structure;
    for (const double shift : {0.0, 0.25}) {
        for (const Vec3& site : sites) {
            structure.positions.push_back(
                {a * (site[0] + shift), a * (site[1] + shift), a * (site[2] + shift)});
        }
    }
    structure.atomic_numbers.assign(8, 14);
    structure.cell = {{{a, 0.0, 0.0}, {0.0, a, 0.0}, {0.0, 0.0, a}}};
    structure.pbc = {true, true, true};
    return structure;
}

/// The primitive cell of MgO, left-handed and turned away from all axes.
inline Structure magnesia() {
    Structure structure;
    structure.atomic_numbers = {12, 8};
    structure.positions = {{0.1, 0.0, 0.0}, {1.9, 0.7, -0.4}};
    structure.cell = {{{2.0, -0.2, 2.1}, {0.3, 2.1, 2.2}, {2.2, 2.0, 0.1}}};
    structure.pbc = {true, true, true};
    return structure;
}

/// A folder with a start structure and the small MACE model of tests/data (random weights; O, Mg, Si).
class MdRun {
  public:
    explicit MdRun(const Structure& structure) {
        write_structures({structure});
        const std::filesystem::path source = std::string(FIBONAQI_SOURCE_DIR) + "/tests/data/mace/tiny.model";
        write_model_file(folder / "model.safetensors", import_mace(source, {}));
        task = make_record("md-task", 1);
        task.update({{"result", (folder / "result.json").string()},
                     {"model", (folder / "model.safetensors").string()},
                     {"dtype", "float64"},
                     {"threads", 1},
                     {"structure", (folder / "start.xyz").string()},
                     {"ensemble", "nvt"},
                     {"temperature_K", 300},
                     {"pressure_bar", 0},
                     {"timestep_fs", 1},
                     {"damping_fs", 100},
                     {"steps", 60},
                     {"seed", 11},
                     {"harvest", {{"every_steps", 20}, {"first_step", 20}}},
                     {"limits", Json::object()},
                     {"safe_frames", 5},
                     {"max_restarts", 3},
                     {"candidates", (folder / "candidates.xyz").string()},
                     {"log", (folder / "log.lammps").string()},
                     {"cycle", 2},
                     {"walker", 7}});
    }

    void write_structures(const std::vector<Structure>& structures) {
        std::vector<Frame> frames;
        for (const Structure& structure : structures) {
            frames.emplace_back();
            frames.back().structure = structure;
        }
        write_extxyz(folder / "start.xyz", frames);
    }

    void write_task() { write_json(folder / "task.json", task); }

    /// Runs and returns the result record.
    Json run() {
        write_task();
        command = run_command(folder, "fibonaqi-md", {"task.json"}, environment);
        return read_json(folder / "result.json");
    }

    std::vector<Frame> candidates() const { return read_extxyz(folder / "candidates.xyz").frames; }

    TemporaryFolder folder;
    std::map<std::string, std::string> environment;  // on top of ours
    Json task;
    CommandResult command;
};

}  // namespace fibonaqi::test
