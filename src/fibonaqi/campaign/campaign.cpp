#include "fibonaqi/campaign/campaign.hpp"

#include <cstdlib>
#include <set>

#include "fibonaqi/atoms/extxyz.hpp"
#include "fibonaqi/base/error.hpp"
#include "fibonaqi/base/file_system.hpp"
#include "fibonaqi/base/log.hpp"
#include "fibonaqi/base/number_text.hpp"
#include "fibonaqi/campaign/campaign_summary.hpp"
#include "fibonaqi/campaign/label_traffic.hpp"
#include "fibonaqi/campaign/labels_limit.hpp"
#include "fibonaqi/campaign/pretrained.hpp"
#include "fibonaqi/campaign/stages.hpp"

namespace fibonaqi {
namespace {

// One line about a stage's result, for the log.
std::string brief(const std::string& name, const Json& result) {
    if (name == stage_names::explore) {
        return result.at("candidates").dump() + " candidates from " +
               std::to_string(result.at("walkers").size()) + " walkers" +
               (result.at("events").empty() ? ""
                                            : ", " + std::to_string(result.at("events").size()) + " stops");
    }
    if (name == stage_names::select) {
        return result.at("selected").dump() + " of " + result.at("candidates").dump() + " frames";
    }
    if (name == stage_names::label) {
        return result.at("labelled").dump() + " labels, " + result.at("failed").dump() + " failed";
    }
    if (name == stage_names::train) {
        const Json& validation = result.at("validation_force_rmse_eV_per_A");
        const bool is_judged = validation.at("before").is_number() && validation.at("after").is_number();
        return std::string(result.at("promoted").get<bool>() ? "promoted" : "not promoted") +
               (is_alarming(result.value("forgetting", Json(nullptr))) ? ", forgets" : "") +
               (is_judged ? ", validation force RMSE " + number_text(validation.at("before"), "%.3f") +
                                " -> " + number_text(validation.at("after"), "%.3f") + " eV/A"
                          : "");
    }
    const Json& force = result.at("force_rmse_eV_per_A");
    return force.is_number() ? "test force RMSE " + number_text(force, "%.3f") + " eV/A"
                             : "no forces to compare";
}

}  // namespace

Campaign::Campaign(const Workplace& workplace)
    : place_(workplace),
      controls_(control_arms(workplace.options, workplace.layout)),
      begun_(std::chrono::steady_clock::now()) {
    earlier_wall_seconds_ = std::atof(place_.ledger.meta("wall_seconds").value_or("0").c_str());
}

void Campaign::run() {
    try {
        place_.ledger.set_meta("state", "running");
        place_.ledger.set_meta("stop_reason", "");
        note_label_noise();
        run_stages();
        note_end("finished", "all " + std::to_string(place_.options.cycles) + " cycles are done");
    } catch (const Error& error) {
        const bool is_stop =
            error.exit_code() == ExitCode::stopped || error.exit_code() == ExitCode::interrupted;
        note_end(is_stop ? "stopped" : "failed", error.what());
        throw;
    }
}

void Campaign::run_stages() {
    run_stage(place_, 0, stage_names::explore, explore_stage);
    run_stage(place_, 0, stage_names::select, select_stage);
    if (place_.traffic != nullptr) {
        place_.traffic->order(0);  // waited for when the first training is about to begin
    } else {
        run_stage(place_, 0, stage_names::label, label_stage);
    }
    for (int cycle = 1; cycle <= place_.options.cycles; ++cycle) {
        run_cycle(cycle);
        if (cycle < place_.options.cycles) {  // after the last one the end of the campaign does it
            refresh_report();
        }
    }
}

void Campaign::run_cycle(int cycle) {
    run_stage(place_, cycle, stage_names::explore, explore_stage);
    run_learning(place_, cycle);
    for (const Arm& control : controls_) {
        run_learning({control.options, control.layout, place_.programs, place_.hosts, place_.ledger,
                      place_.driver, place_.executor, place_.progress, place_.retry_failed},
                     cycle);
    }
}

void Campaign::run_learning(const Workplace& place, int cycle) {
    run_stage(place, cycle, stage_names::select, select_stage);
    if (place.traffic != nullptr) {
        place.traffic->order(cycle);
        run_stage(place, 0, stage_names::label, label_stage);
    }
    run_stage(place, cycle, stage_names::label, label_stage);
    run_stage(place, cycle, stage_names::train, train_stage);
    if (cycle == 1) {
        run_stage(place_, 0, stage_names::evaluate, evaluate_stage);
    }
    run_stage(place, cycle, stage_names::evaluate, evaluate_stage);
}

Json Campaign::run_stage(const Workplace& place, int cycle, const std::string& name,
                         Json (*stage)(const Workplace&, int)) {
    const std::string key = stage_key(place.layout, name);
    if (auto done = place_.ledger.stage(cycle, key)) {
        return *done;
    }
    if (const StopRequest stop = place_.progress.poll_stop(); stop != StopRequest::none) {
        throw_stopped(stop);
    }
    check_driver();
    check_disk();
    place_.progress.begin(cycle, key);
    const auto begun = std::chrono::steady_clock::now();
    Json result = stage(place, cycle);
    const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - begun;
    place_.ledger.record_stage(cycle, key, result, elapsed.count());
    note_wall_time();
    place_.progress.end(brief(name, result));
    return result;
}

void Campaign::check_driver() {
    if (is_driver_checked_) {
        return;
    }
    const Structure start = read_extxyz(place_.layout.start_structure()).frames.at(0).structure;
    const std::set<int> elements(start.atomic_numbers.begin(), start.atomic_numbers.end());
    std::string problems;
    for (const std::string& problem : place_.driver.check({elements.begin(), elements.end()})) {
        problems += (problems.empty() ? "label.driver: " : "; ") + problem;
    }
    if (!problems.empty()) {
        throw DriverError(problems);
    }
    is_driver_checked_ = true;
}

// A campaign goes on without the record; what it said is kept.
void Campaign::note_label_noise() {
    try {
        if (const auto noise = noise_of_labels(place_.options, place_.driver)) {
            place_.ledger.set_meta(label_noise_meta, std::to_string(*noise));
        }
    } catch (const FileError& error) {
        log::warning(error.what());
    }
}

void Campaign::check_disk() const {
    const double free_MB = static_cast<double>(free_bytes(place_.layout.root())) / 1.0e6;
    if (free_MB < place_.options.min_free_MB) {
        throw DiskFullError("only " + std::to_string(static_cast<long>(free_MB)) + " MB are free in '" +
                            place_.layout.root().string() + "' (min_free_MB is " +
                            std::to_string(static_cast<long>(place_.options.min_free_MB)) +
                            ") free some space, then resume");
    }
}

void Campaign::note_end(const std::string& state, const std::string& reason) {
    try {
        note_wall_time();
        place_.ledger.set_meta("state", state);
        place_.ledger.set_meta("stop_reason", reason);
        std::error_code ignored;
        std::filesystem::remove(place_.layout.progress(), ignored);
    } catch (const FileError& error) {
        // The reason itself is reported by whoever called; that it could not be kept is all that is lost.
        log::warning(error.what());
    }
    refresh_report();
}

void Campaign::refresh_report() const {
    try {
        write_report(place_.layout);
    } catch (const Error& error) {
        log::warning(std::string("the report could not be written: ") + error.what());
    }
}

void Campaign::note_wall_time() {
    const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - begun_;
    place_.ledger.set_meta("wall_seconds", std::to_string(earlier_wall_seconds_ + elapsed.count()));
}

}  // namespace fibonaqi
