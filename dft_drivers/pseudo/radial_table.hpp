// A norm-conserving pseudopotential as functions on a radial mesh: what a UPF file holds.
#pragma once

#include <string>
#include <vector>

namespace fibonaqi::pseudo {

/// One projector of the non-local part.
struct Projector {
    int angular_momentum = 0;
    std::vector<double> values;  ///< r beta(r) on the mesh [bohr^-1/2]
};

/// Units are those of UPF: bohr and rydberg. All tables are as long as the mesh, whose length is odd:
/// pw.x integrates by Simpson's rule.
struct RadialTable {
    std::string element, functional, title,
        source;                          ///< functional: as pw.x calls it; source: how it came about
    double valence = 0.0;                ///< electrons
    std::vector<double> radius, weight;  ///< r and dr/di of the mesh [bohr]
    std::vector<double> local;           ///< V_local(r) [Ry]
    bool is_local_a_channel = true;      ///< an average or a channel; false: an analytic form (GTH)
    std::vector<Projector> projectors;
    std::vector<double> coupling;      ///< D_ij row by row, as many rows as projectors [Ry]
    std::vector<double> core_density;  ///< rho_core(r) of the core correction [bohr^-3]; empty: none
    std::vector<double> atom_density;  ///< 4 pi r^2 rho(r) of the atom [bohr^-1]; only starts the calculation
};

/// 4 pi r^2 rho(r) of a Gaussian of this many electrons and standard deviation `width` [bohr]: a start where
/// nothing better is known.
std::vector<double> gaussian_density(const std::vector<double>& radius, double electrons, double width);

/// How many points of the mesh the projectors need: up to where all have fallen below `smallest`, odd, and
/// not less than 1.
std::size_t projector_points(const RadialTable& table, double smallest);

}  // namespace fibonaqi::pseudo
