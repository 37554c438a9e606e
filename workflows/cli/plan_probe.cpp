#include "workflows/cli/plan_probe.hpp"

#include <algorithm>

#include "fibonaqi/atoms/extxyz.hpp"
#include "fibonaqi/atoms/geometry.hpp"
#include "fibonaqi/base/error.hpp"
#include "fibonaqi/base/file_system.hpp"
#include "fibonaqi/base/hash.hpp"
#include "fibonaqi/campaign/start_structure.hpp"
#include "fibonaqi/campaign/walker_plan.hpp"
#include "fibonaqi/data/ledger.hpp"
#include "fibonaqi/label/label_record.hpp"

#include "workflows/cli/label_run.hpp"
#include "workflows/cli/worker_process.hpp"

namespace fibonaqi::cli {
namespace {

namespace fs = std::filesystem;

// As the campaign's own walkers, but for its length and what it keeps.
Json walk_task(const CampaignOptions& options, const fs::path& model, const fs::path& folder, long steps,
               std::size_t threads) {
    const ExploreOptions& explore = options.explore;
    Json task = make_record("md-task", 1);
    task["model"] = model.string();
    task["dtype"] = options.dtype;
    task["threads"] = threads;
    task["structure"] = (folder / "start.xyz").string();
    task["ensemble"] = explore.ensemble;
    task["temperature_K"] = explore.temperatures_K.back();
    task["pressure_bar"] = explore.pressure_bar;
    task["timestep_fs"] = explore.timestep_fs;
    task["damping_fs"] = explore.damping_fs;
    task["steps"] = steps;
    task["seed"] = options.seed;
    task["harvest"] = {{"every_steps", steps}, {"first_step", steps}};
    task["limits"] = {{"max_force_eV_per_A", explore.limits.max_force_eV_per_A},
                      {"min_distance_scale", explore.limits.min_distance_scale}};
    task["safe_frames"] = 5;
    task["max_restarts"] = explore.max_restarts;
    task["candidates"] = (folder / "frames.xyz").string();
    task["log"] = (folder / "md.log").string();
    task["cycle"] = 0;
    task["walker"] = 0;
    return task;
}

// What the walk of before was, or nothing.
Json kept_walk(const fs::path& file, const std::string& identity) {
    if (!fs::exists(file)) {
        return nullptr;
    }
    const Json kept = read_json(file);
    return kept.value("identity", "") == identity ? kept : Json(nullptr);
}

Json walk(const CampaignOptions& options, const Preflight& found, const fs::path& work, long steps,
          std::size_t threads) {
    make_directories(work);
    Frame start;
    start.structure =
        strained(*found.structure, random_strain(options.explore.strain_percent, options.seed, 0, 0));
    write_extxyz(work / "start.xyz", {start});
    const Json task = walk_task(options, found.model, work, steps, threads);
    const std::string identity = Sha256()
                                     .text(task.dump())
                                     .text(structure_hash(start.structure))
                                     .text(sha256_of_file(found.model))
                                     .hex();
    Json kept = kept_walk(work / "walk.json", identity);
    if (kept.is_null()) {
        const Json result = run_quietly("fibonaqi-md", task, work / "md.err").result;
        kept = {{"identity", identity}, {"steps_per_second", result.at("steps_per_second")}};
        write_json(work / "walk.json", kept);
    }
    return kept;
}

double megabytes_in(const fs::path& folder) {
    double bytes = 0.0;
    for (const fs::directory_entry& entry : fs::recursive_directory_iterator(folder)) {
        bytes += entry.is_regular_file() ? static_cast<double>(entry.file_size()) : 0.0;
    }
    return bytes / 1.0e6;
}

LabelProbe label(const Frame& frame, const CampaignSetup& setup, const fs::path& work) {
    const CampaignOptions options = campaign_options(setup.config);
    const LabelledFrames labelled =
        label_frames({frame}, *setup.driver, {work, 1, options.label.hard_seconds, false});
    expect_complete(labelled.summary);
    if (labelled.frames.empty()) {
        throw DriverError(
            "the label that was tried failed (reason above) correct the cause before you pay for "
            "a campaign");
    }
    const Ledger ledger(work / "ledger.sqlite", Ledger::Access::read);
    const StoredLabel stored = ledger.find(labelled.summary.keys.front()).value();
    const fs::path result = stored.directory.string() + ".result.json";
    const ProcessExit exit = label_result_from_json(read_json(result), result.string()).exit;
    return {stored.cost.wall_seconds, stored.cost.cpu_seconds, static_cast<double>(exit.max_rss_kB) / 1024.0,
            megabytes_in(stored.directory.parent_path())};
}

}  // namespace

CampaignProbe probe(const CampaignSetup& setup, const Preflight& found, const fs::path& work, long steps,
                    std::size_t cores) {
    const CampaignOptions options = campaign_options(setup.config);
    const std::size_t walkers = explore_plan(options.explore).size();
    CampaignProbe result;
    result.temperature_K = options.explore.temperatures_K.back();
    result.walk.threads = std::max<std::size_t>(1, cores / std::min(cores, walkers));
    result.walk.steps_per_second =
        walk(options, found, work, steps, result.walk.threads).at("steps_per_second").get<double>();
    const std::vector<Frame> frames = read_extxyz(work / "frames.xyz").frames;
    if (frames.empty()) {
        throw Error("the walk that was tried left no frame (see '" + (work / "md.log").string() +
                    "') is the model good for this structure?");
    }
    Frame frame;
    frame.structure = frames.back().structure;
    result.structure = frame.structure;
    result.label = label(frame, setup, work);
    return result;
}

}  // namespace fibonaqi::cli
