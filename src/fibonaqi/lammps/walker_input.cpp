#include "fibonaqi/lammps/walker_input.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <set>

#include "fibonaqi/atoms/species.hpp"
#include "fibonaqi/base/rng.hpp"

namespace fibonaqi::lammps {
namespace {

constexpr double margin = 1.0;  // of the first box around atoms, where it is not periodic [angstrom]
constexpr double skin = 1.0;    // of the neighbour list [angstrom]
constexpr double barostat_factor = 10.0;           // relaxation of the cell relative to the thermostat's
constexpr std::uint64_t largest_seed = 900000000;  // that LAMMPS takes

std::vector<int> elements_of(const Structure& structure) {
    const std::set<int> numbers(structure.atomic_numbers.begin(), structure.atomic_numbers.end());
    return {numbers.begin(), numbers.end()};
}

// As many digits as a double has: LAMMPS must work in exactly this box.
std::string text(double value) {
    char buffer[40];
    std::snprintf(buffer, sizeof buffer, "%.17g", value);
    return buffer;
}

std::string seed_text(const WalkerOptions& options, const AttemptStart& start, const char* purpose) {
    KeyedRng rng(options.seed, purpose, 0, static_cast<std::uint64_t>(start.number));
    return std::to_string(1 + rng.below(largest_seed));
}

// Two numbers "lo hi" of the box along one axis of LAMMPS.
std::string bounds(const Structure& structure, std::size_t x) {
    if (structure.pbc[x]) {
        return "0 " + text(structure.cell[x][x]);
    }
    double low = structure.positions.front()[x];
    double high = low;
    for (const Vec3& position : structure.positions) {
        low = std::min(low, position[x]);
        high = std::max(high, position[x]);
    }
    return text(low - margin) + " " + text(high + margin);
}

std::string region(const Structure& structure) {
    const double xy = structure.cell[1][0];
    const double xz = structure.cell[2][0];
    const double yz = structure.cell[2][1];
    const std::string edges = bounds(structure, 0) + " " + bounds(structure, 1) + " " + bounds(structure, 2);
    if (xy == 0.0 && xz == 0.0 && yz == 0.0) {
        return "region cell block " + edges + " units box";
    }
    return "region cell prism " + edges + " " + text(xy) + " " + text(xz) + " " + text(yz) + " units box";
}

void create_system(LammpsSession& session, const AttemptStart& start) {
    const Structure& structure = start.structure;
    std::string boundary = "boundary";
    for (const bool periodic : structure.pbc) {
        boundary += periodic ? " p" : " s";
    }
    session.command("units metal");
    session.command("atom_style atomic");
    session.command("atom_modify map array sort 0 0.0");  // atoms stay in the order of their ids
    session.command(boundary);
    session.command("box tilt large");
    session.command(region(structure));
    const std::vector<int> elements = elements_of(structure);
    session.command("create_box " + std::to_string(elements.size()) + " cell");
    for (std::size_t t = 0; t < elements.size(); ++t) {
        session.command("mass " + std::to_string(t + 1) + " " + text(atomic_mass(elements[t])));
    }
    std::vector<int> types;
    for (const int number : structure.atomic_numbers) {
        const auto place = std::lower_bound(elements.begin(), elements.end(), number);
        types.push_back(static_cast<int>(place - elements.begin()) + 1);
    }
    session.create_atoms(types, structure.positions, start.velocities);
}

void set_forces(LammpsSession& session, const AttemptStart& start) {
    session.command("pair_style fibonaqi");
    std::string coefficients = "pair_coeff * * model";
    for (const std::string& element : type_symbols(start.structure)) {
        coefficients += " " + element;
    }
    session.command(coefficients);
    // Bins of a box that follows evaporating atoms would fill the memory.
    session.command("neighbor " + text(skin) + (start.structure.is_periodic() ? " bin" : " nsq"));
    session.command("neigh_modify every 1 delay 0 check yes");
}

// First of all fixes: it has to see a force before anything else meets it.
void set_harvest(LammpsSession& session, const HarvestOptions& harvest) {
    std::string line = "fix harvest all fibonaqi every " + std::to_string(harvest.every_steps) + " first " +
                       std::to_string(harvest.first_step) + " safe " + std::to_string(harvest.safe_frames);
    if (std::isfinite(harvest.limits.max_force)) {
        line += " max_force " + text(harvest.limits.max_force);
    }
    if (harvest.limits.min_distance_scale > 0.0) {
        line += " min_distance " + text(harvest.limits.min_distance_scale);
    }
    if (std::isfinite(harvest.limits.max_temperature)) {
        line += " max_temperature " + text(harvest.limits.max_temperature);
    }
    session.command(line);
}

void set_motion(LammpsSession& session, const WalkerOptions& options, const AttemptStart& start) {
    const std::string temperature = text(options.temperature);
    session.command("timestep " + text(options.timestep));
    if (start.velocities.empty()) {
        session.command("velocity all create " + temperature + " " +
                        seed_text(options, start, "md velocities") + " mom yes rot no dist gaussian");
    }
    if (options.ensemble == Ensemble::npt) {
        const std::string pressure = text(options.pressure);
        session.command("fix integrate all nph iso " + pressure + " " + pressure + " " +
                        text(barostat_factor * options.damping));
    } else {
        session.command("fix integrate all nve");
    }
    if (options.ensemble != Ensemble::nve) {
        session.command("fix thermostat all langevin " + temperature + " " + temperature + " " +
                        text(options.damping) + " " + seed_text(options, start, "md thermostat") +
                        " zero yes");
    }
}

void set_output(LammpsSession& session, const WalkerOptions& options, const AttemptStart& start) {
    session.command(
        "thermo_style custom step time temp pe ke etotal press vol f_harvest f_harvest[1] f_harvest[3]");
    session.command("thermo_modify flush yes lost error");
    session.command("thermo " + std::to_string(options.harvest.every_steps));
    session.command("reset_timestep " + std::to_string(start.step));
}

}  // namespace

std::vector<std::string> type_symbols(const Structure& structure) {
    std::vector<std::string> symbols;
    for (const int number : elements_of(structure)) {
        symbols.push_back(symbol(number));
    }
    return symbols;
}

void set_up(LammpsSession& session, const WalkerOptions& options, const AttemptStart& start) {
    create_system(session, start);
    set_forces(session, start);
    set_harvest(session, options.harvest);
    set_motion(session, options, start);
    set_output(session, options, start);
}

}  // namespace fibonaqi::lammps
