#include "workflows/md/walker_report.hpp"

#include <cmath>
#include <cstdio>

#include "fibonaqi/atoms/extxyz.hpp"
#include "fibonaqi/base/file_system.hpp"
#include "fibonaqi/base/log.hpp"

namespace fibonaqi::md {
namespace {

constexpr std::chrono::seconds write_interval{5};

Json finite(double value) {
    return std::isfinite(value) ? Json(value) : Json(nullptr);
}

}  // namespace

WalkerReport::WalkerReport(const MdTask& task) : task_(task) {}

void WalkerReport::candidate(const Frame& frame) {
    Frame numbered = frame;
    numbered.info["cycle"] = task_.cycle;
    numbered.info["walker"] = task_.walker;
    text_ += to_extxyz(numbered, {""});
    ++candidates_;
    is_written_ = false;
    if (Clock::now() - last_write_ > write_interval) {
        write();
    }
}

void WalkerReport::stopped(const lammps::StopEvent& event) {
    log::warning("walker " + std::to_string(task_.walker) + " was stopped at " + event.message + "; " +
                 std::to_string(event.safe_frames) + " frames before it are candidates");
    write();
}

void WalkerReport::advanced(const lammps::StepMeasures& measures) {
    ++steps_;
    const std::chrono::duration<double> taken = Clock::now() - begin_;
    char note[96];
    std::snprintf(note, sizeof note, "%.0f K, %.4f eV/atom, %.3g steps/s", measures.temperature,
                  measures.energy_per_atom, static_cast<double>(steps_) / taken.count());
    progress_.report(static_cast<std::size_t>(measures.step), static_cast<std::size_t>(task_.options.steps),
                     note);
}

void WalkerReport::finish() {
    if (!is_written_) {
        write();
    }
}

void WalkerReport::write() {
    write_file_atomically(task_.candidates, text_);
    is_written_ = true;
    last_write_ = Clock::now();
}

Json to_json(const lammps::StopEvent& event) {
    const bool has_value =
        event.kind != lammps::StopKind::non_finite && event.kind != lammps::StopKind::lammps_error;
    Json record;
    record["step"] = event.measures.step;
    record["kind"] = lammps::name_of(event.kind);
    record["value"] = has_value ? finite(event.value) : Json(nullptr);
    record["limit"] = has_value ? finite(event.limit) : Json(nullptr);
    record["temperature_K"] = finite(event.measures.temperature);
    record["shortest_distance_A"] = finite(event.measures.shortest_distance);
    record["safe_frames"] = event.safe_frames;
    record["message"] = event.message;
    return record;
}

}  // namespace fibonaqi::md
