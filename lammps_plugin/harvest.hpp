// Which frames of a run become candidates, and when a run has to stop.
#pragma once

#include <deque>
#include <limits>
#include <optional>
#include <string>

#include "lammps_plugin/md_frame.hpp"

namespace fibonaqi::lammps {

/// Beyond these a frame is not sane. Infinite (or 0 for the distance): not checked.
struct SanityLimits {
    double max_force = std::numeric_limits<double>::infinity();        ///< [eV/angstrom]
    double min_distance_scale = 0.0;                                   ///< of the sum of the covalent radii
    double max_temperature = std::numeric_limits<double>::infinity();  ///< [K]
};

struct HarvestOptions {
    long every_steps = 100;  ///< from one candidate to the next
    long first_step = 0;     ///< no candidate before this one; step 0, the start itself, never is one
    SanityLimits limits;
    int safe_frames = 5;  ///< sane frames before a stop that become candidates
};

enum class StopKind { max_force, min_distance, max_temperature, non_finite, lammps_error };

/// "max_force" ...: the word in results and reasons.
const std::string& name_of(StopKind kind);

/// Why and where a run was stopped.
struct StopEvent {
    StopKind kind = StopKind::non_finite;
    StepMeasures measures;  ///< of the step that is not sane
    double value = 0.0;     ///< what was beyond the limit; 0 for non_finite and lammps_error
    double limit = 0.0;
    int safe_frames = 0;  ///< sane frames handed on because of it
    std::string message;  ///< one sentence for people
};

/// Takes what a run gives. Called from inside LAMMPS: what it throws ends the run.
class HarvestListener {
  public:
    virtual ~HarvestListener() = default;
    virtual void advanced(const StepMeasures& measures) = 0;  ///< after every sane step
    virtual void candidate(const MdFrame& frame) = 0;
    virtual void stopped(const StopEvent& event) = 0;  ///< after the candidates before it
};

/// One run, from its start to its end or its stop. Keeps the last `safe_frames` sane frames, spread over the
/// steps between two harvests, but at most 10 steps apart: those of neighbouring steps would all say the
/// same, and those far from an explosion would say nothing about it.
class Harvest {
  public:
    Harvest(const HarvestOptions& options, HarvestListener& listener);

    const HarvestOptions& options() const { return options_; }

    /// What is wrong with this step, if anything, or empty. Order: distance, finite numbers, force,
    /// temperature: atoms that sit on each other are the cause of the others.
    std::optional<StopEvent> judge(const StepMeasures& measures) const;

    bool wants(long step) const;  ///< add() is worth its copy at this step
    void add(MdFrame frame);      ///< a sane frame
    void advance(const StepMeasures& measures);

    /// Ends the run: kept frames that are no candidates yet become some, then the listener hears of the
    /// event.
    void stop(StopEvent event);
    const std::optional<StopEvent>& stop_event() const { return stop_event_; }

    /// Where another attempt may begin: the oldest kept frame. Empty when fewer frames were kept than would
    /// fit: then this run was in trouble from its start.
    std::optional<MdFrame> restart_frame() const;
    const std::optional<MdFrame>& last_frame() const { return last_frame_; }  ///< added last
    std::size_t candidates() const { return candidates_; }

  private:
    struct Kept {
        MdFrame frame;
        bool is_candidate;
    };
    bool is_harvest_step(long step) const;
    bool is_safe_step(long step) const;
    std::size_t capacity() const;

    HarvestOptions options_;
    HarvestListener& listener_;
    std::deque<Kept> kept_;
    std::optional<MdFrame> last_frame_;
    std::optional<StopEvent> stop_event_;
    std::size_t candidates_ = 0;
};

}  // namespace fibonaqi::lammps
