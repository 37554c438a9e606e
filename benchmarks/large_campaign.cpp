// A campaign folder with many labels, written by the engine's own code without computing anything, to see how
// long `status` and the like take on it.
//
//     build/benchmarks/large_campaign FOLDER [labels 10000] [control seeds 0]
//
// FOLDER must not be there; in memory (/dev/shm) it takes seconds, on a disk minutes.
#include <algorithm>
#include <cstdlib>
#include <iostream>

#include "fibonaqi/base/error.hpp"
#include "fibonaqi/base/file_system.hpp"
#include "fibonaqi/base/hash.hpp"
#include "fibonaqi/campaign/arm.hpp"
#include "fibonaqi/campaign/campaign_folder.hpp"
#include "fibonaqi/campaign/workplace.hpp"
#include "fibonaqi/data/ledger.hpp"

#include "benchmarks/distorted_silicon.hpp"

namespace fibonaqi::benchmark {
namespace {

namespace fs = std::filesystem;

constexpr int labels_per_cycle = 100;

Json config_of(int cycles, int seeds, const fs::path& model) {
    Json given = Json::parse(R"({
        "name": "large", "system": {"diamond": {"element": "Si", "a_A": 5.46}},
        "explore": {"temperatures_K": [300, 900], "timestep_fs": 2},
        "label": {"driver": {"type": "qe", "pseudo_dir": ".", "pseudopotentials": {"Si": "Si.UPF"},
                             "kpoints": [3, 3, 3], "input": {"system": {"ecutwfc": 24}}}}})");
    given["model"]["start"] = model.string();
    given["cycles"] = cycles;
    given["select"]["batch"] = labels_per_cycle;
    if (seeds > 0) {
        given["control"]["seeds"] = seeds;
    }
    const CheckedConfig checked = check_campaign(given);
    if (!checked.problems.empty()) {
        throw ConfigError(checked.problems.front().message);
    }
    return checked.values;
}

// Structures, labels and what is recorded of a stage have their usual size; numbers mean nothing.
class Writer {
  public:
    explicit Writer(const CampaignLayout& layout) : ledger_(layout.ledger()) {}

    void write_cycle(const CampaignLayout& line, int cycle) {
        std::vector<PlannedLabel> planned;
        for (int i = 0; i < labels_per_cycle; ++i) {
            LabelRequest request;
            request.structure = distorted_silicon(1, ++count_);
            request.want_stress = true;
            LabelOrigin origin{cycle, i % 8, 10 * i, 300.0, label_purpose(line), i, 0.5};
            planned.push_back({sha256_hex(std::to_string(count_)), request, "fingerprint", origin});
        }
        ledger_.plan(planned);
        for (const PlannedLabel& label : planned) {
            write_label(label);
        }
        write_stages(line, cycle);
    }

  private:
    void write_label(const PlannedLabel& planned) {
        ledger_.record_intent(planned.key, "/campaign/labels/" + planned.key.substr(0, 16) + "/attempt-1");
        ledger_.record_started(planned.key, "local:12345:678901:00000000-0000-0000-0000-000000000000");
        AcceptedLabel label;
        label.labels.energy = -857.123456789012345;
        label.labels.forces.assign(planned.request.structure.size(), {1.0 / 3.0, -1.0 / 7.0, 1.0 / 9.0});
        label.labels.stress = Mat3{{{1.0 / 3.0, 0.1, 0.2}, {0.1, 1.0 / 7.0, 0.3}, {0.2, 0.3, 1.0 / 9.0}}};
        label.code_version = "pw.x 6.7";
        label.details = {{"scf_steps", 9}, {"kpoint_mesh", {3, 3, 3}}, {"kpoints", 14}, {"electrons", 32}};
        ledger_.record_accepted(planned.key, label, {6.1, 6.0});
    }

    void write_stages(const CampaignLayout& line, int cycle) {
        const auto record = [&](const char* stage, const Json& result) {
            const bool is_common = cycle == 0 || std::string(stage) == stage_names::explore;
            ledger_.record_stage(cycle, is_common ? stage : stage_key(line, stage), result, 10.0);
        };
        record(stage_names::explore, {{"candidates", 400}, {"cpu_seconds", 10.0}});
        record(stage_names::select, {{"selected", labels_per_cycle}, {"cpu_seconds", 1.0}});
        record(stage_names::label, {{"labelled", labels_per_cycle}, {"failed", 0}, {"cpu_seconds", 600.0}});
        record(stage_names::train, {{"promoted", true}, {"cpu_seconds", 60.0}});
        record(stage_names::evaluate,
               {{"force_rmse_eV_per_A", 0.1}, {"energy_rmse_eV_per_atom", 0.001}, {"cpu_seconds", 2.0}});
    }

    Ledger ledger_;
    unsigned count_ = 0;
};

int run(const std::vector<std::string>& arguments) {
    const fs::path folder = fs::absolute(arguments.at(0));
    const int labels = arguments.size() > 1 ? std::atoi(arguments[1].c_str()) : 10000;
    const int seeds = arguments.size() > 2 ? std::atoi(arguments[2].c_str()) : 0;
    const int cycles = std::max(1, labels / labels_per_cycle / (seeds + 1));
    const CampaignLayout layout(folder);
    const fs::path model = folder.string() + ".model";
    write_file_atomically(model, "not read by anybody\n");
    const Json config = config_of(cycles, seeds, model);
    create_campaign(layout, config, "fingerprint", model);
    fs::remove(model);
    Writer writer(layout);
    std::vector<CampaignLayout> lines{layout};
    for (const Arm& arm : control_arms(campaign_options(config), layout)) {
        lines.push_back(arm.layout);
    }
    writer.write_cycle(layout, 0);
    for (int cycle = 1; cycle <= cycles; ++cycle) {
        for (const CampaignLayout& line : lines) {
            writer.write_cycle(line, cycle);
        }
    }
    std::cout << folder.string() << ": " << cycles << " cycles, " << fs::file_size(layout.ledger()) / 1000000
              << " MB of ledger\n";
    return 0;
}

}  // namespace
}  // namespace fibonaqi::benchmark

int main(int argc, char** argv) {
    if (argc < 2) {
        std::cerr << "usage: large_campaign FOLDER [labels 10000] [control seeds 0]\n";
        return 2;
    }
    try {
        return fibonaqi::benchmark::run({argv + 1, argv + argc});
    } catch (const std::exception& error) {
        std::cerr << "error: " << error.what() << "\n";
        return 1;
    }
}
