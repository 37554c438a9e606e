#include "fibonaqi/atoms/extxyz.hpp"
#include "fibonaqi/base/error.hpp"
#include "fibonaqi/base/file_system.hpp"
#include "fibonaqi/base/hash.hpp"
#include "fibonaqi/campaign/stages.hpp"
#include "fibonaqi/campaign/task_runner.hpp"
#include "fibonaqi/data/dataset.hpp"

namespace fibonaqi {
namespace {

DataSplit labels_so_far(const Workplace& place, int cycle) {
    LedgerFilter filter;
    filter.purpose = "train";
    filter.up_to_cycle = cycle;
    return split_frames(labelled_frames(place.ledger, filter), place.options.validation_share,
                        place.options.seed);
}

Json train_task(const Workplace& place, int cycle, bool has_validation) {
    Json task = make_record("worker-task", 1);
    task["task"] = "train";
    task["threads"] = place.cores;
    task["model"] = current_model(place.ledger, place.layout, cycle).string();
    task["train"] = place.layout.train_data(cycle).string();
    task["validation"] = has_validation ? Json(place.layout.validation_data(cycle).string()) : Json(nullptr);
    task["output"] = place.layout.model(cycle).string();
    task["dtype"] = place.options.dtype;
    task["seed"] = task_seed(place.options.seed, "train", cycle);
    task["settings"] = place.options.train;
    return task;
}

// Force error on the validation frames; null where there are none.
Json force_rmse(const Json& result, const char* when) {
    const Json::json_pointer pointer("/validation/" + std::string(when) + "/forces/rmse_eV_per_A");
    return result.contains(pointer) ? result.at(pointer) : Json(nullptr);
}

bool is_not_worse(const Json& before, const Json& after, double tolerance) {
    if (!before.is_number() || !after.is_number()) {
        return true;  // nothing to judge by: too few labels for a validation set
    }
    return after.get<double>() <= before.get<double>() * (1.0 + tolerance);
}

}  // namespace

Json train_stage(const Workplace& place, int cycle) {
    const DataSplit split = labels_so_far(place, cycle);
    make_directories(place.layout.train(cycle));
    make_directories(place.layout.model(cycle).parent_path());
    write_extxyz(place.layout.train_data(cycle), split.train);
    write_extxyz(place.layout.validation_data(cycle), split.validation);
    const TaskEnd end = run_task({place.programs.worker, place.layout.train(cycle),
                                  train_task(place, cycle, !split.validation.empty()), "training"},
                                 place.progress, "epochs");
    const Json before = force_rmse(end.result, "before");
    const Json after = force_rmse(end.result, "after");
    return {{"promoted", is_not_worse(before, after, place.options.promotion_tolerance)},
            {"validation_force_rmse_eV_per_A", {{"before", before}, {"after", after}}},
            {"train_frames", split.train.size()},
            {"validation_frames", split.validation.size()},
            {"model", place.layout.model(cycle).string()},
            {"sha256", sha256_of_file(place.layout.model(cycle))},
            {"parent_sha256", sha256_of_file(current_model(place.ledger, place.layout, cycle))},
            {"epochs", end.result.value("epochs", Json(nullptr))},
            {"best_epoch", end.result.value("best_epoch", Json(nullptr))},
            {"curve", end.result.value("curve", Json::array())},
            {"e0_shift_eV", end.result.value("e0_shift_eV", Json::object())},
            {"cpu_seconds", end.cpu_seconds},
            {"max_rss_kB", end.max_rss_kB}};
}

}  // namespace fibonaqi
