#include <algorithm>
#include <cmath>

#include "fibonaqi/atoms/extxyz.hpp"
#include "fibonaqi/atoms/geometry.hpp"
#include "fibonaqi/base/error.hpp"
#include "fibonaqi/base/file_system.hpp"
#include "fibonaqi/campaign/candidate_pool.hpp"
#include "fibonaqi/campaign/stages.hpp"
#include "fibonaqi/campaign/start_structure.hpp"
#include "fibonaqi/campaign/task_runner.hpp"
#include "fibonaqi/campaign/walker_plan.hpp"

namespace fibonaqi {
namespace {

// Frames before an explosion that become candidates: as many as fit between two harvests of a usual run.
constexpr int safe_frames = 5;

Json walker_task(const Workplace& place, int cycle, const WalkerPlan& plan, std::size_t threads) {
    const ExploreOptions& explore = place.options.explore;
    const WalkerFiles files = walker_files(place.layout.walker(cycle, plan.number));
    Json task = make_record("md-task", 1);
    task["model"] = current_model(place.ledger, place.layout, cycle).string();
    task["dtype"] = place.options.dtype;
    task["threads"] = threads;
    task["structure"] = files.structure.string();
    task["ensemble"] = explore.ensemble;
    task["temperature_K"] = plan.temperature_K;
    task["pressure_bar"] = explore.pressure_bar;
    task["timestep_fs"] = explore.timestep_fs;
    task["damping_fs"] = explore.damping_fs;
    task["steps"] = plan.steps;
    task["seed"] = task_seed(place.options.seed, "walker", cycle, plan.number);
    task["harvest"] = Json{{"every_steps", plan.every_steps}, {"first_step", plan.first_step}};
    task["limits"] = Json{{"max_force_eV_per_A", explore.limits.max_force_eV_per_A},
                          {"min_distance_scale", explore.limits.min_distance_scale},
                          {"max_temperature_K", explore.limits.max_temperature_factor * plan.temperature_K}};
    task["safe_frames"] = safe_frames;
    task["max_restarts"] = explore.max_restarts;
    task["candidates"] = files.candidates.string();
    task["log"] = files.log.string();
    task["cycle"] = cycle;
    task["walker"] = plan.number;
    return task;
}

void write_start(const Workplace& place, int cycle, const WalkerPlan& plan, const Structure& start) {
    const std::filesystem::path folder = place.layout.walker(cycle, plan.number);
    make_directories(folder);
    Frame frame;
    frame.structure =
        strained(start, random_strain(plan.strain_percent, place.options.seed, cycle, plan.number));
    write_extxyz(walker_files(folder).structure, {frame});
}

std::vector<TaskEnd> walk(const Workplace& place, int cycle, const std::vector<WalkerPlan>& plan) {
    const Structure start = read_extxyz(place.layout.start_structure()).frames.at(0).structure;
    const std::size_t at_once = std::min(plan.size(), place.hosts.md.at_once());
    std::vector<TaskRun> runs;
    for (const WalkerPlan& walker : plan) {
        write_start(place, cycle, walker, start);
        const std::filesystem::path folder = place.layout.walker(cycle, walker.number);
        runs.push_back({place.programs.md,
                        folder,
                        walker_task(place, cycle, walker, place.hosts.md.threads(at_once)),
                        walker_name(walker),
                        {walker_files(folder).candidates}});
    }
    return run_tasks(runs, at_once, place.surroundings(place.hosts.md), "steps");
}

// A walker's entry in the result, and what happened to it.
Json walker_record(const WalkerPlan& plan, const TaskEnd& end) {
    const bool is_known = end.result.is_object() && end.problem.empty();
    return {{"walker", plan.number},
            {"temperature_K", plan.temperature_K},
            {"status", is_known ? end.result.value("status", "completed") : "crashed"},
            {"steps", is_known ? end.result.value("steps", 0L) : 0L},
            {"steps_per_second", is_known ? end.result.value("steps_per_second", 0.0) : 0.0},
            {"seconds", is_known ? end.result.value("seconds", 0.0) : 0.0}};
}

void add_events(const WalkerPlan& plan, const TaskEnd& end, Json& events) {
    const auto add = [&](Json event) {
        event["walker"] = plan.number;
        event["target_temperature_K"] = plan.temperature_K;
        events.push_back(std::move(event));
    };
    if (!end.problem.empty()) {
        add({{"kind", "crashed"}, {"message", end.problem}});
    } else if (end.result.contains("events")) {
        for (const Json& event : end.result.at("events")) {
            add(event);
        }
    }
}

// A walker writes whole frames every few seconds, so that one that crashed has left what it had.
std::vector<Frame> frames_of(const std::filesystem::path& file) {
    std::error_code ignored;
    return std::filesystem::exists(file, ignored) ? read_extxyz(file).frames : std::vector<Frame>{};
}

std::set<std::string> known_structures(const Ledger& ledger) {
    std::set<std::string> hashes;
    for (const LedgerEntry& entry : ledger.entries({})) {
        hashes.insert(structure_hash(entry.request.structure));
    }
    return hashes;
}

// All walkers failed in the same way: the task is wrong, not the walker.
[[noreturn]] void throw_no_candidates(const std::vector<TaskEnd>& ends, const CandidatePool& pool) {
    for (const TaskEnd& end : ends) {
        if (!end.problem.empty()) {
            throw Error(end.problem, end.code);
        }
    }
    throw Error("no candidates (" + std::to_string(pool.too_close) + " frames had atoms too close, " +
                    std::to_string(pool.duplicate + pool.labelled) +
                    " were known) see explore.limits, and the walkers' logs",
                ExitCode::too_many_failures);
}

}  // namespace

Json explore_stage(const Workplace& place, int cycle) {
    const std::vector<WalkerPlan> plan =
        cycle == 0 ? test_plan(place.options) : explore_plan(place.options.explore);
    const std::vector<TaskEnd> ends = walk(place, cycle, plan);

    CandidateGate gate(place.options.explore.limits.min_distance_scale, known_structures(place.ledger));
    Json result{{"walkers", Json::array()}, {"events", Json::array()}, {"candidates", 0}};
    double cpu_seconds = 0.0;
    for (std::size_t i = 0; i < plan.size(); ++i) {
        std::vector<Frame> frames = frames_of(walker_files(place.layout.walker(cycle, i)).candidates);
        Json record = walker_record(plan[i], ends[i]);
        record["candidates"] = frames.size();
        result["walkers"].push_back(std::move(record));
        add_events(plan[i], ends[i], result["events"]);
        gate.add(std::move(frames));
        cpu_seconds += ends[i].cpu_seconds;
    }
    const CandidatePool& pool = gate.pool();
    if (pool.frames.empty()) {
        throw_no_candidates(ends, pool);
    }
    write_extxyz(place.layout.candidates(cycle), pool.frames, {""});
    result["candidates"] = pool.frames.size();
    result["dropped"] =
        Json{{"too_close", pool.too_close}, {"duplicate", pool.duplicate}, {"labelled", pool.labelled}};
    result["cpu_seconds"] = cpu_seconds;
    return result;
}

}  // namespace fibonaqi
