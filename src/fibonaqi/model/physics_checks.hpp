// Is a potential still physics? Four questions that a test set of forces does not ask, each to a potential
// alone: what it finds is compared with limits, or with another model, in physics_gate.hpp.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "fibonaqi/atoms/structure.hpp"
#include "fibonaqi/model/potential.hpp"

namespace fibonaqi {

/// Energy of a fully periodic structure, its cell and positions scaled alike.
struct EnergyVolumeCurve {
    std::vector<double> volume;  ///< per atom [angstrom^3], ascending, 0.76 to 1.30 of the structure's own
    std::vector<double> energy;  ///< per atom [eV]
    /// Of the parabola through the lowest point and its neighbours; empty when the lowest is at an end.
    std::optional<double> minimum_volume;    ///< [angstrom^3 per atom]
    std::optional<double> bulk_modulus_GPa;  ///< V d2E/dV2 there, positions scaled with the cell
};
EnergyVolumeCurve energy_volume_curve(Potential& potential, const Structure& structure);

/// Energy of two atoms alone.
struct DimerCurve {
    int first = 0, second = 0;  ///< atomic numbers
    std::vector<double>
        distance;                ///< [angstrom], descending from 1.4 to 0.4 of the sum of the covalent radii
    std::vector<double> energy;  ///< [eV], without E0
    /// Going inward from the lowest energy beyond 0.7 of the sum of the radii, the energy rises all the way
    /// down to this part of that sum (0.4: to the end).
    double repulsive_to = 1.4;
};
/// Of every pair of these elements.
std::vector<DimerCurve> dimer_curves(Potential& potential, const std::vector<int>& elements);

/// A run at constant energy: velocity Verlet.
struct NveRun {
    double drift_meV_per_atom_ps = 0.0;     ///< slope of the total energy over time (least squares)
    double fluctuation_meV_per_atom = 0.0;  ///< root mean square about that line
    double temperature_K = 0.0;             ///< mean of the second half
    bool is_finite = true;                  ///< false: it blew up, and the numbers above mean nothing
};

struct NveOptions {
    double temperature_K =
        300.0;  ///< of the velocities drawn at the start (doubled: half goes into the springs)
    double timestep_fs = 1.0;
    std::size_t steps = 300;
    std::uint64_t seed = 0;
};
NveRun nve_run(Potential& potential, const Structure& structure, const NveOptions& options);

/// d2E/dr2 of single atoms: the diagonal blocks of the force constants, by central differences of forces.
/// Symmetrised, one 3 x 3 matrix per atom [eV/angstrom^2]; of the first `atoms` atoms at most.
std::vector<Mat3> on_site_force_constants(Potential& potential, const Structure& structure,
                                          std::size_t atoms = 8);

}  // namespace fibonaqi
