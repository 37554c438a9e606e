// One step of molecular dynamics, as the fix hands it on.
#pragma once

#include <string>
#include <vector>

#include "fibonaqi/atoms/labels.hpp"
#include "fibonaqi/atoms/structure.hpp"

namespace fibonaqi::lammps {

/// Numbers by which a step is judged. Force and distances belong to the model's atoms: what a thermostat adds
/// to the forces is not in them.
struct StepMeasures {
    long step = 0;
    bool is_finite = true;           ///< positions, velocities, energy and forces
    double max_force = 0.0;          ///< largest norm of the model's force on an atom [eV/angstrom]
    double shortest_distance = 0.0;  ///< [angstrom]; +infinity when no pair is within the cutoff
    double shortest_scaled = 0.0;    ///< least distance / (sum of the covalent radii); +infinity likewise
    double temperature = 0.0;        ///< of the 3N - 3 degrees of freedom [K]
    double energy_per_atom = 0.0;    ///< of the model [eV]
};

/// A frame in the axes of LAMMPS. Atoms stand in the order of their ids; positions are unwrapped.
struct MdFrame {
    StepMeasures measures;
    double time = 0.0;             ///< [ps]
    Structure structure;           ///< cell rows are LAMMPS's box, lower triangular
    std::vector<Vec3> velocities;  ///< [angstrom/ps]
    Prediction prediction;         ///< of the model, in the same order and axes
    std::string reason;            ///< why it is a candidate: "harvest" or "before_<kind of stop>"
};

}  // namespace fibonaqi::lammps
