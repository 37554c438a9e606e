// The commands that set up one attempt of a walker in LAMMPS.
#pragma once

#include <string>
#include <vector>

#include "fibonaqi/lammps/lammps_session.hpp"
#include "fibonaqi/lammps/walker_options.hpp"

namespace fibonaqi::lammps {

/// Where an attempt begins, in LAMMPS's axes. Directions that are not periodic get a box around the atoms
/// that follows them (shrink-wrapped).
struct AttemptStart {
    Structure structure;           ///< cell rows lower triangular
    std::vector<Vec3> velocities;  ///< [angstrom/ps]; empty: drawn at the temperature, without total momentum
    long step = 0;                 ///< number of the step before the first
    int number = 0;                ///< of the attempt, from 0: part of the key of its random numbers
};

/// Chemical symbols of LAMMPS's types 1, 2, ...: one type per element, by atomic number.
std::vector<std::string> type_symbols(const Structure& structure);

/// Everything before `run`. Throws ExploreError as LammpsSession::command.
void set_up(LammpsSession& session, const WalkerOptions& options, const AttemptStart& start);

}  // namespace fibonaqi::lammps
