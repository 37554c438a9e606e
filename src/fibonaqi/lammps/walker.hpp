// One walker: MD that harvests candidates, and goes on from a sane frame when it has exploded.
#pragma once

#include <memory>
#include <vector>

#include "fibonaqi/atoms/frame.hpp"
#include "fibonaqi/lammps/walker_options.hpp"
#include "fibonaqi/model/potential.hpp"

namespace fibonaqi::lammps {

/// Hears of a walker while it runs. What it throws ends the walker.
class WalkerListener {
  public:
    virtual ~WalkerListener() = default;
    /// A candidate in the axes of the start structure: labels are the model's prediction, info has step,
    /// time_ps, temperature_K, target_temperature_K, max_force_eV_per_A, reason.
    virtual void candidate(const Frame& frame) = 0;
    virtual void stopped(const StopEvent& event) = 0;
    virtual void advanced(const StepMeasures& measures) = 0;  ///< after every sane step
};

struct WalkerResult {
    bool gave_up = false;  ///< it was stopped more often than it may restart
    long steps = 0;        ///< number of the last step
    std::vector<StopEvent> events;
    double steps_per_second = 0.0;
    Frame final_frame;  ///< last sane one, with array "velocities" [angstrom/ps]
};

/// Runs to the end of `options.steps` or gives up; never throws because a walker exploded. Every attempt has
/// a LAMMPS of its own; step numbers go on. After a stop it starts from the oldest frame that was kept
/// before, or, if it had exploded before enough were kept, from the start structure; velocities are drawn
/// anew. The array "velocities" of the start is used where there is one. Same arguments, same frames.
///
/// Throws ConfigError (fewer than two atoms, npt without three periodic directions, a start that is beyond
/// the limits), ModelError (usage) for an element that the model lacks, ExploreError when LAMMPS fails before
/// the first step, and what the listener throws.
WalkerResult run_walker(const WalkerOptions& options, const Frame& start,
                        std::shared_ptr<Potential> potential, WalkerListener& listener);

}  // namespace fibonaqi::lammps
