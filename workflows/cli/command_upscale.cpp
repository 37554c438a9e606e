// fibonaqi upscale: a budget of quantum-mechanical labels for a repository that a potential labelled, or
// nobody.
#include <cstdio>
#include <functional>
#include <iostream>
#include <memory>

#include <CLI/CLI.hpp>

#include "fibonaqi/atoms/extxyz.hpp"
#include "fibonaqi/base/error.hpp"
#include "fibonaqi/base/file_system.hpp"
#include "fibonaqi/base/hash.hpp"
#include "fibonaqi/base/log.hpp"
#include "fibonaqi/base/superbatch_size.hpp"
#include "fibonaqi/model/error_statistics.hpp"

#include "workflows/cli/commands.hpp"
#include "workflows/cli/config_file.hpp"
#include "workflows/cli/label_run.hpp"
#include "workflows/cli/upscale_file.hpp"
#include "workflows/cli/worker_process.hpp"
#include "workflows/composition/driver_file.hpp"

namespace fibonaqi::cli {
namespace {

namespace fs = std::filesystem;

struct UpscaleArguments {
    ConfigFileArguments config;
    std::string json;
    bool retry_failed = false;
};

ConfigFileKind upscale_file() {
    return {"upscale",
            "it names the repository and the code that labels",
            upscale_file_schema(),
            {{"pool", "repository.xyz"},
             {"model", "mace-mp-0-small"},
             {"budget", 50},
             {"output", "upgraded.xyz"},
             {"driver", {{"type", "qe"}, {"command", {"pw.x"}}}}}};
}

// One pass over the pool must be enough for the budget.
void expect_budget(const UpscalePlan& plan, std::size_t pool) {
    const Json& select = plan.values.at("select");
    const SuperbatchSize size =
        superbatch_size(select.at("batch").get<std::size_t>(), select.at("ratio").get<double>());
    const std::size_t most = pool / size.superbatch * size.batch;
    if (most < plan.budget) {
        throw ConfigError(plan.file.string() + ": budget: is " + std::to_string(plan.budget) + " (of " +
                          std::to_string(pool) + " frames, " + std::to_string(size.batch) + " from every " +
                          std::to_string(size.superbatch) + " are " + std::to_string(most) +
                          ") use a larger select.ratio, or a smaller budget");
    }
}

// What a task would do: its keys, and the content of the files that it reads.
std::string key_of(const Json& task) {
    std::string text = task.dump();
    for (const char* file : {"data", "train", "model", "labelled"}) {
        const bool is_named = task.contains(file) && task[file].is_string();
        text += "\n" + (is_named ? content_of(task[file].get<std::string>()) : std::string());
    }
    return sha256_hex(text);
}

// Runs a task and keeps its result in `file`.
Json done(const fs::path& file, const std::string& key, const Json& task) {
    Json result = run_worker(task);
    write_json(file, Json{{"key", key}, {"result", result}});
    return result;
}

// From the work folder where it is there. A larger budget takes the same frames and more: what is chosen from
// a superbatch does not depend on how many there are.
Json selection_of(const UpscalePlan& plan) {
    const fs::path file = plan.work / "selection.json";
    const Json task = plan.select_task();
    Json same = task;
    same.erase("superbatches");
    const std::string key = key_of(same);
    if (!fs::exists(file)) {
        return done(file, key, task);
    }
    const Json record = read_json(file);
    if (record.at("key") != key) {
        throw ConfigError("'" + plan.work.string() +
                          "' belongs to another selection (pool, model or settings have changed) give "
                          "another output, or remove that folder");
    }
    const bool is_enough = record.at("result").at("picks").size() >= plan.budget;
    return is_enough ? record.at("result") : done(file, key, task);
}

Json training_of(const UpscalePlan& plan) {
    const Json task = plan.train_task(plan.output);
    if (task.is_null()) {
        return nullptr;
    }
    const fs::path file = plan.work / "training.json";
    const std::string key = key_of(task);
    if (fs::exists(file) && fs::exists(task.at("output").get<std::string>())) {
        const Json record = read_json(file);
        if (record.at("key") == key) {
            return record.at("result");
        }
    }
    return done(file, key, task);
}

// The chosen frames, in the order of the picks.
std::vector<Frame> picks_of(const Json& selection, const std::vector<Frame>& pool, std::size_t budget) {
    std::vector<Frame> picks;
    for (const Json& pick : selection.at("picks")) {
        if (picks.size() == budget) {
            break;
        }
        Frame frame = pool.at(pick.at("id").get<std::size_t>());
        frame.info["selection_id"] = pick.at("id").get<long>();
        frame.info["selection_order"] = static_cast<long>(picks.size());
        frame.info["selection_score"] = pick.at("score").get<double>();
        picks.push_back(std::move(frame));
    }
    return picks;
}

// How good the forces are that the repository came with; null where it had none. Not the energies: two codes
// seldom have the same zero.
Json errors_of_pool(const LabelledFrames& labelled, const std::vector<Frame>& picks) {
    std::vector<Frame> frames;
    std::vector<Prediction> old;
    for (std::size_t i = 0; i < labelled.frames.size(); ++i) {
        const Labels& before = picks[labelled.places[i]].labels;
        if (before.forces.size() == labelled.frames[i].structure.size()) {
            Frame frame = labelled.frames[i];
            frame.labels.energy.reset();
            frame.labels.stress.reset();
            frames.push_back(std::move(frame));
            Prediction prediction;
            prediction.forces = before.forces;
            old.push_back(std::move(prediction));
        }
    }
    return frames.empty() ? Json(nullptr) : to_json(compare(frames, old));
}

// Frames that had labels before, then the new ones. Returns how many.
std::size_t write_data_set(const UpscalePlan& plan, const std::vector<Frame>& labelled) {
    std::vector<Frame> all;
    if (!plan.values.at("labelled").is_null()) {
        all = read_extxyz(plan.values.at("labelled").get<std::string>()).frames;
    }
    all.insert(all.end(), labelled.begin(), labelled.end());
    write_extxyz(plan.output, all);
    return all.size();
}

void print_outcome(const Json& outcome) {
    if (const Json& errors = outcome.at("pool_labels"); errors.is_object()) {
        std::printf("forces of the pool against the new ones: %.4f eV/A RMSE\n",
                    errors.at("forces").at("rmse_eV_per_A").get<double>());
    }
    std::printf("%zu frames in %s, %zu of them new\n", outcome.at("frames").get<std::size_t>(),
                outcome.at("output").get<std::string>().c_str(), outcome.at("labelled").get<std::size_t>());
    if (const Json& training = outcome.at("training"); training.is_object()) {
        std::printf("%zu epochs: %s\n", training.at("epochs").get<std::size_t>(),
                    training.at("model").get<std::string>().c_str());
    }
}

Json run_plan(const UpscalePlan& plan, bool retry_failed) {
    const std::unique_ptr<LabelDriver> driver = read_driver(plan.file, "driver");
    const std::vector<Frame> pool = read_extxyz(plan.values.at("pool").get<std::string>()).frames;
    expect_budget(plan, pool.size());
    expect_labels_possible(*driver, pool);
    make_directories(plan.work);
    const Json selection = selection_of(plan);
    const std::vector<Frame> picks = picks_of(selection, pool, plan.budget);
    log::info(std::to_string(picks.size()) + " of " + std::to_string(pool.size()) + " frames are labelled");
    const LabelledFrames labelled =
        label_frames(picks, *driver,
                     {plan.work, plan.values.at("slots").get<std::size_t>(),
                      plan.values.at("time_limit_seconds").get<double>(), retry_failed,
                      executor_options(plan.values.at("executor"))});
    expect_complete(labelled.summary);
    if (labelled.frames.empty()) {
        throw Error("not one label (reasons above) correct the cause, then try again with --retry-failed",
                    ExitCode::too_many_failures);
    }
    Json outcome{{"output", plan.output.string()},
                 {"frames", write_data_set(plan, labelled.frames)},
                 {"labelled", labelled.frames.size()},
                 {"failed", labelled.summary.failed},
                 {"picks", selection.at("picks")},
                 {"pool_labels", errors_of_pool(labelled, picks)},
                 {"training", nullptr}};
    outcome["training"] = training_of(plan);
    return outcome;
}

void upscale(const UpscaleArguments& arguments) {
    if (answers_question(arguments.config, upscale_file())) {
        return;
    }
    const std::string& file = arguments.config.file;
    const Json outcome = run_plan(read_upscale_plan(read_file(file), file), arguments.retry_failed);
    print_outcome(outcome);
    if (!arguments.json.empty()) {
        write_json(arguments.json, outcome);
    }
}

}  // namespace

void add_upscale_command(CLI::App& app) {
    CLI::App* command = app.add_subcommand(
        "upscale",
        "label the best part of a repository with a quantum-mechanical code; run it again to go on");
    const auto arguments = std::make_shared<UpscaleArguments>();
    add_config_file(*command, "UPSCALE.json", "what to choose from, and how to label; JSON with comments",
                    arguments->config);
    command->add_flag("--retry-failed", arguments->retry_failed,
                      "try again also what failed for a reason that lies in the structure");
    command->add_option("--json", arguments->json, "write what came out as JSON");
    command->footer("Every key, with unit, range and default: fibonaqi upscale --example");
    command->callback([arguments] { upscale(*arguments); });
}

}  // namespace fibonaqi::cli
