#include "lammps_plugin/harvest.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

namespace fibonaqi::lammps {
namespace {

constexpr long largest_spacing = 10;  // steps between kept frames: 10 to 20 fs

std::string short_number(double value) {
    char text[32];
    std::snprintf(text, sizeof text, "%.4g", value);
    return text;
}

StopEvent event(StopKind kind, const StepMeasures& measures, double value, double limit) {
    StopEvent result;
    result.kind = kind;
    result.measures = measures;
    result.value = value;
    result.limit = limit;
    return result;
}

StopEvent with_message(StopEvent event, const std::string& what) {
    event.message = "step " + std::to_string(event.measures.step) + ": " + what;
    return event;
}

}  // namespace

const std::string& name_of(StopKind kind) {
    static const std::array<std::string, 5> names{"max_force", "min_distance", "max_temperature",
                                                  "non_finite", "lammps_error"};
    return names[static_cast<std::size_t>(kind)];
}

Harvest::Harvest(const HarvestOptions& options, HarvestListener& listener)
    : options_(options), listener_(listener) {}

std::optional<StopEvent> Harvest::judge(const StepMeasures& measures) const {
    const SanityLimits& limits = options_.limits;
    if (measures.shortest_scaled < limits.min_distance_scale) {
        return with_message(
            event(StopKind::min_distance, measures, measures.shortest_scaled, limits.min_distance_scale),
            "two atoms are " + short_number(measures.shortest_distance) + " angstrom apart, " +
                short_number(measures.shortest_scaled) + " of the sum of their covalent radii (limit " +
                short_number(limits.min_distance_scale) + ")");
    }
    if (!measures.is_finite || !std::isfinite(measures.temperature)) {
        return with_message(event(StopKind::non_finite, measures, 0.0, 0.0),
                            "energy, forces, positions or velocities are not finite");
    }
    if (measures.max_force > limits.max_force) {
        return with_message(event(StopKind::max_force, measures, measures.max_force, limits.max_force),
                            "a force of " + short_number(measures.max_force) + " eV/angstrom (limit " +
                                short_number(limits.max_force) + ")");
    }
    if (measures.temperature > limits.max_temperature) {
        return with_message(
            event(StopKind::max_temperature, measures, measures.temperature, limits.max_temperature),
            "a temperature of " + short_number(measures.temperature) + " K (limit " +
                short_number(limits.max_temperature) + ")");
    }
    return std::nullopt;
}

std::size_t Harvest::capacity() const {
    return static_cast<std::size_t>(std::max(1, options_.safe_frames));
}

bool Harvest::is_harvest_step(long step) const {
    return step > 0 && step >= options_.first_step &&
           (step - options_.first_step) % options_.every_steps == 0;
}

bool Harvest::is_safe_step(long step) const {
    const long spacing = options_.every_steps / static_cast<long>(capacity());
    return step % std::clamp(spacing, 1L, largest_spacing) == 0;
}

bool Harvest::wants(long step) const {
    return is_harvest_step(step) || is_safe_step(step);
}

void Harvest::add(MdFrame frame) {
    const long step = frame.measures.step;
    const bool is_candidate = is_harvest_step(step);
    last_frame_ = frame;
    if (is_candidate) {
        frame.reason = "harvest";
        ++candidates_;
        listener_.candidate(frame);
    }
    if (is_safe_step(step)) {
        kept_.push_back({std::move(frame), is_candidate});
        if (kept_.size() > capacity()) {
            kept_.pop_front();
        }
    }
}

void Harvest::advance(const StepMeasures& measures) {
    listener_.advanced(measures);
}

void Harvest::stop(StopEvent event) {
    for (Kept& kept : kept_) {
        if (!kept.is_candidate && options_.safe_frames > 0) {
            kept.frame.reason = "before_" + name_of(event.kind);
            kept.is_candidate = true;
            ++candidates_;
            ++event.safe_frames;
            listener_.candidate(kept.frame);
        }
    }
    stop_event_ = event;
    listener_.stopped(*stop_event_);
}

std::optional<MdFrame> Harvest::restart_frame() const {
    if (kept_.size() < capacity()) {
        return std::nullopt;
    }
    return kept_.front().frame;
}

}  // namespace fibonaqi::lammps
