#include <algorithm>
#include <limits>

#include "fibonaqi/atoms/extxyz.hpp"
#include "fibonaqi/base/error.hpp"
#include "fibonaqi/base/file_system.hpp"
#include "fibonaqi/base/hash.hpp"
#include "fibonaqi/campaign/arm.hpp"
#include "fibonaqi/campaign/pretrained.hpp"
#include "fibonaqi/campaign/promotion.hpp"
#include "fibonaqi/campaign/stages.hpp"
#include "fibonaqi/campaign/task_runner.hpp"
#include "fibonaqi/data/dataset.hpp"

namespace fibonaqi {
namespace {

namespace fs = std::filesystem;

constexpr double checkpoint_minutes = 5.0;

// One training, from the model in use.
struct Training {
    fs::path folder, output;
    std::vector<Frame> train, validation;
    Json settings;
    std::string name;
};

Json train_task(const Workplace& place, int cycle, const Training& training) {
    const TrainingFiles files = training_files(training.folder);
    Json task = make_record("worker-task", 1);
    task["task"] = "train";
    task["threads"] = place.hosts.worker.threads(1);
    task["model"] = current_model(place.ledger, place.layout, cycle).string();
    task["train"] = files.train.string();
    task["validation"] = training.validation.empty() ? Json(nullptr) : Json(files.validation.string());
    task["output"] = training.output.string();
    task["keep"] = "last";
    task["dtype"] = place.options.dtype;
    task["seed"] = task_seed(place.options.seed, "train", cycle);
    task["settings"] = training.settings;
    task["checkpoint"] = training.output.string() + ".checkpoint";
    task["checkpoint_minutes"] = checkpoint_minutes;
    task["restart_other"] = true;  // the settings may have been changed before the campaign was resumed
    add_pretrained(place, training.folder, task);
    return task;
}

TaskEnd run_training(const Workplace& place, int cycle, const Training& training) {
    make_directories(training.folder);
    make_directories(training.output.parent_path());
    const TrainingFiles files = training_files(training.folder);
    write_extxyz(files.train, training.train);
    if (!training.validation.empty()) {
        write_extxyz(files.validation, training.validation);
    }
    return run_task(
        {place.programs.worker, training.folder, train_task(place, cycle, training), training.name},
        place.surroundings(place.hosts.worker), "epochs");
}

std::vector<Frame> labels_of(const Workplace& place, LedgerFilter filter) {
    filter.purpose = label_purpose(place.layout);
    return labelled_frames(place.ledger, filter);
}

// Numbers of a result; what is no number there (JSON knows no NaN) is NaN.
std::vector<double> numbers(const Json& values) {
    std::vector<double> result;
    for (const Json& value : values) {
        result.push_back(value.is_number() ? value.get<double>() : std::numeric_limits<double>::quiet_NaN());
    }
    return result;
}

PairedErrors paired_errors(const Json& result) {
    const Json& errors = result.at("validation_force_errors_eV2_per_A2");
    return {numbers(errors.at("before")), numbers(errors.at("after"))};
}

// What the check has found, and what it cost.
struct Check {
    Verdict verdict;
    Json result;  // of the worker; null when there was no check
    std::size_t frames = 0;
    double cpu_seconds = 0.0, max_rss_kB = 0.0;
};

// The same training without a part of this cycle's labels, which judge it: neither the model in use nor the
// new one has been trained on them.
Check check_training(const Workplace& place, int cycle) {
    LedgerFilter earlier, latest;
    earlier.up_to_cycle = cycle - 1;
    latest.cycle = cycle;
    DataSplit split =
        split_frames(labels_of(place, latest), place.options.validation_share, place.options.seed);
    if (split.validation.empty()) {
        return {};
    }
    std::vector<Frame> train = labels_of(place, earlier);
    train.insert(train.end(), split.train.begin(), split.train.end());
    const std::size_t frames = split.validation.size();
    const TaskEnd end =
        run_training(place, cycle,
                     {place.layout.check(cycle), place.layout.check_model(cycle), std::move(train),
                      std::move(split.validation), place.options.train, "check of the training"});
    std::error_code ignored;
    fs::remove(place.layout.check_model(cycle), ignored);  // only its errors are wanted
    return {judge(paired_errors(end.result), place.options.promotion_tolerance), end.result, frames,
            end.cpu_seconds, end.max_rss_kB};
}

// What the worker has found about the physics of a new model; checks are null where it was not asked.
struct Physics {
    bool is_passed = true;
    Json checks;
    double cpu_seconds = 0.0, max_rss_kB = 0.0;
};

Physics check_physics(const Workplace& place, int cycle) {
    Json task = make_record("worker-task", 1);
    task["task"] = "physics";
    task["threads"] = place.hosts.worker.threads(1);
    task["model"] = place.layout.model(cycle).string();
    task["previous"] = current_model(place.ledger, place.layout, cycle).string();
    task["structure"] = place.layout.start_structure().string();
    task["dtype"] = place.options.dtype;
    task["seed"] = task_seed(place.options.seed, "physics", cycle);
    task["limits"] = place.options.physics_limits;
    task["nve"] = Json{{"steps", place.options.physics_steps}};
    make_directories(place.layout.physics(cycle));
    const TaskEnd end =
        run_task({place.programs.worker, place.layout.physics(cycle), task, "check of the physics"},
                 place.surroundings(place.hosts.worker), "models");
    return {end.result.at("passed").get<bool>(), end.result.at("checks"), end.cpu_seconds, end.max_rss_kB};
}

// Where the check stopped early, or began its stage two early, so does the training on all labels, which
// nothing judges.
Json final_settings(const Json& settings, const Check& check) {
    Json final = settings;
    if (check.result.is_object() && check.result.value("stop", "") == "early_stop") {
        final["epochs"] = std::max<std::size_t>(1, check.result.at("best_epoch").get<std::size_t>());
    }
    const std::size_t stage_two = check.result.is_object() ? check.result.value("stage_two_epoch", 0u) : 0;
    if (final.value("stage_two", Json()).is_object() && stage_two > 0) {
        final["stage_two"]["start_epoch"] = stage_two;
        if (stage_two > final.at("epochs").get<std::size_t>()) {
            final["stage_two"] = nullptr;
        }
    }
    return final;
}

// Force error on the frames of the check; null where there are none.
Json force_rmse(const Json& result, const char* when) {
    const Json::json_pointer pointer("/validation/" + std::string(when) + "/forces/rmse_eV_per_A");
    return result.contains(pointer) ? result.at(pointer) : Json(nullptr);
}

}  // namespace

Json train_stage(const Workplace& place, int cycle) {
    const Check check = check_training(place, cycle);
    LedgerFilter all;
    all.up_to_cycle = cycle;
    const Training training{place.layout.train(cycle),
                            place.layout.model(cycle),
                            labels_of(place, all),
                            {},
                            final_settings(place.options.train, check),
                            "training"};
    const TaskEnd end = run_training(place, cycle, training);
    const bool is_worth_it = check.verdict.is_promoted && place.options.has_physics_gate;
    const Json forgetting = end.result.value("forgetting", Json(nullptr));
    const bool is_refused = keeps_from_promotion(place, forgetting);
    const Physics physics = is_worth_it ? check_physics(place, cycle) : Physics{};
    const Json& judged = check.result.is_null() ? end.result : check.result;
    return {{"promoted", check.verdict.is_promoted && physics.is_passed && !is_refused},
            {"physics", physics.checks},
            {"forgetting", forgetting},
            {"validation_force_rmse_eV_per_A",
             {{"before", force_rmse(judged, "before")}, {"after", force_rmse(judged, "after")}}},
            {"validation_rise_eV2_per_A2", check.verdict.rise},
            {"validation_standard_error_eV2_per_A2", check.verdict.standard_error},
            {"train_frames", training.train.size()},
            {"validation_frames", check.frames},
            {"model", place.layout.model(cycle).string()},
            {"sha256", sha256_of_file(place.layout.model(cycle))},
            {"parent_sha256", sha256_of_file(current_model(place.ledger, place.layout, cycle))},
            {"epochs", end.result.value("epochs", Json(nullptr))},
            {"best_epoch", judged.value("best_epoch", Json(nullptr))},
            {"curve", judged.value("curve", Json::array())},
            {"e0_shift_eV", end.result.value("e0_shift_eV", Json::object())},
            {"cpu_seconds", check.cpu_seconds + end.cpu_seconds + physics.cpu_seconds},
            {"max_rss_kB", std::max({check.max_rss_kB, end.max_rss_kB, physics.max_rss_kB})}};
}

}  // namespace fibonaqi
