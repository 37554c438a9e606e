// What one walker is asked to do.
#pragma once

#include <cstdint>
#include <filesystem>

#include "lammps_plugin/harvest.hpp"

namespace fibonaqi::lammps {

enum class Ensemble { nve, nvt, npt };

/// Molecular dynamics of one structure. nvt: Langevin thermostat (it is ergodic also for the few stiff modes
/// of a small cell, where a Nose-Hoover chain keeps to some of them) without drift of the centre of mass.
/// npt: the same thermostat and a Nose-Hoover barostat that scales the whole cell: its shape stays.
struct WalkerOptions {
    Ensemble ensemble = Ensemble::nvt;
    double temperature = 300.0;  ///< of the thermostat, and of new velocities [K]
    double pressure = 0.0;       ///< npt [bar]
    double timestep = 1.0e-3;    ///< [ps]
    double damping = 0.1;    ///< relaxation time of the thermostat; of the barostat ten times as much [ps]
    long steps = 1000;       ///< in all, over all attempts
    std::uint64_t seed = 0;  ///< of velocities and thermostat
    int max_restarts = 3;    ///< attempts after the first
    HarvestOptions harvest;
    std::filesystem::path log;  ///< LAMMPS's own
};

}  // namespace fibonaqi::lammps
