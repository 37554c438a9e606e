#include "fibonaqi/atoms/extxyz.hpp"
#include "fibonaqi/base/hash.hpp"
#include "fibonaqi/campaign/stages.hpp"
#include "fibonaqi/campaign/task_runner.hpp"
#include "fibonaqi/campaign/test_errors.hpp"
#include "fibonaqi/data/dataset.hpp"

namespace fibonaqi {
namespace {

// The first training fits the constant between the model's and the labels' energies. It belongs to the
// labels, not to what was learnt, so the starting model is compared with it too.
Json first_shift(const Ledger& ledger) {
    const auto trained = ledger.stage(1, stage_names::train);
    return trained ? trained->value("e0_shift_eV", Json::object()) : Json::object();
}

void write_test_data(const Workplace& place) {
    LedgerFilter filter;
    filter.purpose = "test";
    write_extxyz(place.layout.test_data(), labelled_frames(place.ledger, filter));
}

}  // namespace

Json evaluate_stage(const Workplace& place, int cycle) {
    const std::filesystem::path model =
        cycle == 0 ? place.layout.start_model() : current_model(place.ledger, place.layout, cycle + 1);
    write_test_data(place);
    Json task = make_record("worker-task", 1);
    task["task"] = "evaluate";
    task["threads"] = place.hosts.worker.threads(1);
    task["model"] = model.string();
    task["data"] = place.layout.test_data().string();
    task["dtype"] = place.options.dtype;
    task["write"] = place.layout.predictions(cycle).string();
    const TaskEnd end = run_task({place.programs.worker, place.layout.evaluate(cycle), task, "evaluation"},
                                 place.surroundings(place.hosts.worker), "frames");

    // A model without the first training's shift needs it still.
    const Json shift = model == place.layout.start_model() ? first_shift(place.ledger) : Json::object();
    const TestComparison comparison =
        compare_test_set(place.layout.test_data().string(), place.layout.predictions(cycle).string(), shift);
    Json result = error_record(comparison);
    result["model"] = model.string();
    result["sha256"] = sha256_of_file(model);
    result["e0_shift_eV"] = shift;
    result["cpu_seconds"] = end.cpu_seconds;
    return result;
}

}  // namespace fibonaqi
