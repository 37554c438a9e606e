#include "fibonaqi/lammps/walker.hpp"

#include <chrono>
#include <exception>
#include <optional>
#include <utility>

#include "fibonaqi/atoms/geometry.hpp"
#include "fibonaqi/base/error.hpp"
#include "fibonaqi/lammps/lammps_axes.hpp"
#include "fibonaqi/lammps/lammps_session.hpp"
#include "fibonaqi/lammps/walker_input.hpp"

#include "lammps_plugin/pair_model.hpp"

namespace fibonaqi::lammps {
namespace {

const std::string velocities_name = "velocities";

std::vector<Vec3> given_velocities(const Frame& start) {
    std::vector<Vec3> velocities;
    const auto found = start.arrays.find(velocities_name);
    if (found == start.arrays.end()) {
        return velocities;
    }
    const std::vector<double>& numbers = found->second;
    if (numbers.size() != 3 * start.structure.size()) {
        throw ConfigError("the array velocities has " + std::to_string(numbers.size()) +
                          " numbers (3 per atom are "
                          "wanted) correct it or leave it out");
    }
    for (std::size_t i = 0; i < start.structure.size(); ++i) {
        velocities.push_back({numbers[3 * i], numbers[3 * i + 1], numbers[3 * i + 2]});
    }
    return velocities;
}

void check_start(const WalkerOptions& options, const Frame& start,
                 const std::shared_ptr<Potential>& potential) {
    if (start.structure.size() < 2) {
        throw ConfigError("the structure has " + std::to_string(start.structure.size()) +
                          " atom(s) (a temperature needs at least two) use a larger cell");
    }
    if (options.ensemble == Ensemble::npt && !start.structure.is_fully_periodic()) {
        throw ConfigError(
            "ensemble npt needs a structure that is periodic in all directions (a pressure is not "
            "defined otherwise) use nvt");
    }
    const PairModel every_element_is_known(potential, type_symbols(start.structure));
    const double closest = closest_approach(start.structure);
    if (closest < options.harvest.limits.min_distance_scale) {
        throw ConfigError("atoms of the start structure are too close (the shortest distance is " +
                          std::to_string(closest) + " of the sum of their covalent radii, the limit " +
                          std::to_string(options.harvest.limits.min_distance_scale) +
                          ") correct the structure");
    }
}

class Walker : public HarvestListener {
  public:
    Walker(const WalkerOptions& options, const Frame& start, std::shared_ptr<Potential> potential,
           WalkerListener& listener)
        : options_(options),
          start_(start),
          axes_(start.structure),
          potential_(std::move(potential)),
          listener_(listener) {}

    WalkerResult run() {
        AttemptStart attempt = first_attempt();
        while (true) {
            run_attempt(attempt);
            const auto& event = harvest_->stop_event();
            if (!event || last_step_ >= options_.steps) {
                break;
            }
            if (attempt.number == options_.max_restarts) {
                result_.gave_up = true;
                break;
            }
            attempt = next_attempt(attempt);
        }
        result_.steps = last_step_;
        result_.steps_per_second = run_seconds_ > 0.0 ? static_cast<double>(steps_run_) / run_seconds_ : 0.0;
        if (!last_sane_) {
            result_.final_frame = start_;
        }
        return std::move(result_);
    }

    void advanced(const StepMeasures& measures) override {
        ++steps_run_;
        last_step_ = measures.step;
        last_measures_ = measures;
        guarded([&] { listener_.advanced(measures); });
    }
    void candidate(const MdFrame& frame) override {
        guarded([&] { listener_.candidate(to_frame(frame)); });
    }
    void stopped(const StopEvent& event) override {
        result_.events.push_back(event);
        last_step_ = event.measures.step;
        guarded([&] { listener_.stopped(event); });
    }

  private:
    // LAMMPS makes a text of an exception; the exception itself is kept for whoever called us.
    template <class Function>
    void guarded(Function&& function) {
        try {
            function();
        } catch (...) {
            failure_ = std::current_exception();
            throw;
        }
    }

    AttemptStart first_attempt() const {
        AttemptStart attempt;
        attempt.structure = start_.structure;
        attempt.structure.cell = axes_.cell();
        attempt.structure.pbc = axes_.pbc();
        for (Vec3& position : attempt.structure.positions) {
            position = axes_.to_lammps(position);
        }
        attempt.velocities = given_velocities(start_);
        for (Vec3& velocity : attempt.velocities) {
            velocity = axes_.to_lammps(velocity);
        }
        return attempt;
    }

    AttemptStart next_attempt(const AttemptStart& last) const {
        AttemptStart attempt = first_attempt();
        if (const auto frame = harvest_->restart_frame()) {
            attempt.structure = frame->structure;
        }
        attempt.velocities.clear();
        attempt.step = last_step_;
        attempt.number = last.number + 1;
        return attempt;
    }

    void run_attempt(const AttemptStart& attempt) {
        StyleServices services;
        services.open_potential = [this](const std::string&) { return potential_; };
        services.open_harvest = [this](const HarvestOptions& options) {
            harvest_ = std::make_shared<Harvest>(options, *this);
            return harvest_;
        };
        last_measures_ = {};
        last_measures_.step = last_step_ = attempt.step;
        LammpsSession session(options_.log, attempt.number == 0 ? LogMode::begin : LogMode::append,
                              std::move(services));
        set_up(session, options_, attempt);
        const auto begin = std::chrono::steady_clock::now();
        try {
            session.command("run " + std::to_string(options_.steps - attempt.step));
        } catch (const ExploreError& error) {
            end_attempt(attempt, error);
        }
        run_seconds_ += std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
        if (harvest_->last_frame()) {
            last_sane_ = harvest_->last_frame();
            result_.final_frame = to_frame(*last_sane_);
            add_velocities(*last_sane_, result_.final_frame);
        }
    }

    // A run that ended early. That is a value, unless it says that the task itself is wrong.
    void end_attempt(const AttemptStart& attempt, const ExploreError& error) {
        if (failure_) {
            std::rethrow_exception(failure_);
        }
        const auto& event = harvest_->stop_event();
        const bool is_start = attempt.number == 0 && steps_run_ == 0;
        if (event && is_start && event->measures.step == attempt.step) {
            throw ConfigError("the start structure is beyond the limits (" + event->message +
                              ") relax it, or raise the limits");
        }
        if (event) {
            return;
        }
        if (is_start) {
            throw ExploreError(error.what(), ExitCode::usage);
        }
        StopEvent own;
        own.kind = StopKind::lammps_error;
        own.measures = last_measures_;
        own.message = "after step " + std::to_string(last_measures_.step) + ": " + error.what();
        harvest_->stop(own);
    }

    Frame to_frame(const MdFrame& md) const {
        Frame frame;
        frame.structure = start_.structure;
        frame.structure.cell = axes_.cell_from_lammps(md.structure.cell);
        for (std::size_t i = 0; i < frame.structure.size(); ++i) {
            frame.structure.positions[i] = axes_.from_lammps(md.structure.positions[i]);
            frame.labels.forces.push_back(axes_.from_lammps(md.prediction.forces[i]));
        }
        frame.labels.energy = md.prediction.energy;
        if (md.prediction.stress) {
            frame.labels.stress = axes_.tensor_from_lammps(*md.prediction.stress);
        }
        frame.info["step"] = md.measures.step;
        frame.info["time_ps"] = md.time;
        frame.info["temperature_K"] = md.measures.temperature;
        frame.info["target_temperature_K"] = options_.temperature;
        frame.info["max_force_eV_per_A"] = md.measures.max_force;
        if (!md.reason.empty()) {
            frame.info["reason"] = md.reason;
        }
        return frame;
    }

    void add_velocities(const MdFrame& md, Frame& frame) const {
        std::vector<double>& numbers = frame.arrays[velocities_name];
        for (const Vec3& velocity : md.velocities) {
            const Vec3 v = axes_.from_lammps(velocity);
            numbers.insert(numbers.end(), v.begin(), v.end());
        }
    }

    const WalkerOptions& options_;
    const Frame& start_;
    LammpsAxes axes_;
    std::shared_ptr<Potential> potential_;
    WalkerListener& listener_;
    std::shared_ptr<Harvest> harvest_;  // of the present attempt
    std::optional<MdFrame> last_sane_;
    std::exception_ptr failure_;
    StepMeasures last_measures_;
    long last_step_ = 0;
    long steps_run_ = 0;
    double run_seconds_ = 0.0;
    WalkerResult result_;
};

}  // namespace

WalkerResult run_walker(const WalkerOptions& options, const Frame& start,
                        std::shared_ptr<Potential> potential, WalkerListener& listener) {
    check_start(options, start, potential);
    return Walker(options, start, std::move(potential), listener).run();
}

}  // namespace fibonaqi::lammps
